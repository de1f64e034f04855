const pow_ = (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b));
const erfc_ = (x) => {
  if (Number.isNaN(x)) return x;
  const z = Math.abs(x);
  if (z < 1) return 1 - erf_(x);
  if (z > 27) return x > 0 ? 0 : 2;
  // the continued fraction of the complementary function, evaluated from its end (Abramowitz and Stegun 7.1.14)
  let f = z;
  for (let k = 400; k > 0; k--) f = z + k / 2 / f;
  const y = exp_minus_square_(z) / (f * Math.sqrt(Math.PI));
  return x > 0 ? y : 2 - y;
};
const erf_ = (x) => {
  if (Number.isNaN(x)) return x;
  const z = Math.abs(x);
  if (z >= 1) return x > 0 ? 1 - erfc_(z) : erfc_(z) - 1;
  // the series of Abramowitz and Stegun 7.1.6: all terms have one sign
  let term = x, sum = x;
  for (let k = 1; k < 40 && Math.abs(term) > 1e-18 * Math.abs(sum); k++) sum += term *= (2 * x * x) / (2 * k + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
};
// exp(-x²) without the rounding of x² being magnified: x is split
const exp_minus_square_ = (x) => {
  const high = Math.fround(x), low = x - high;
  return Math.exp(-high * high) * Math.exp(-low * (high + x));
};
