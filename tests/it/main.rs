//! The integration tests, one binary: each more would be another link of the whole engine.

// every query: gate, empty tables, cases
mod queries;
// house rules
mod tidy;
