  store i64 0, ptr %$counter.slot
  br label %$counter.head
$counter.head:
  %$counter = load i64, ptr %$counter.slot
  %$counter.more = icmp slt i64 %$counter, $count
  br i1 %$counter.more, label %$counter.body, label %$counter.end
$counter.body:
