#![allow(dead_code, unused_parens, unused_variables)]
extern "C" { fn expm1(x: f64) -> f64; fn log1p(x: f64) -> f64; fn cbrt(x: f64) -> f64; fn erf(x: f64) -> f64;
    fn erfc(x: f64) -> f64; fn asinh(x: f64) -> f64; fn acosh(x: f64) -> f64; fn atanh(x: f64) -> f64;
    fn tanh(x: f64) -> f64; fn sinh(x: f64) -> f64; fn cosh(x: f64) -> f64; }
