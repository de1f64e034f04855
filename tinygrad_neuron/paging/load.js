const bytes = Uint8Array.from(atob(document.querySelector("#script").textContent), (each) => each.charCodeAt(0));
const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
const script = document.createElement("script");
script.type = "module";
script.textContent = await new Response(unpacked).text();
document.head.append(script);
