//! Test helpers: comparison at the golden tolerance, and the fixtures that
//! `tests/golden/stats/make_goldens.py` wrote with SciPy, statsmodels and lifelines.

use serde_json::Value;

/// One table of fixtures.
pub fn golden(name: &str) -> Value {
    let text = include_str!("../../tests/golden/stats/goldens.json");
    let all: Value = serde_json::from_str(text).unwrap();
    all.get(name).cloned().unwrap_or_else(|| panic!("no golden {name}"))
}

/// A list of numbers of a fixture.
pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Equal to 1e-9.
#[track_caller]
pub fn close(got: f64, want: f64, what: &str) {
    close_to(got, want, 1e-9, what);
}

/// Equal to an absolute tolerance.
#[track_caller]
pub fn close_to(got: f64, want: f64, tolerance: f64, what: &str) {
    assert!((got - want).abs() <= tolerance, "{what}: {got} is not {want}");
}

/// Equal to a relative tolerance.
#[track_caller]
pub fn close_relative(got: f64, want: f64, tolerance: f64, what: &str) {
    let limit = tolerance * want.abs().max(1e-300);
    assert!((got - want).abs() <= limit, "{what}: {got:e} is not {want:e}");
}
