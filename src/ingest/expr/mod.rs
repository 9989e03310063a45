//! SQL expressions of adapters (`rows.where`, `expr`, `[[outcome]] when`): a closed list, typed
//! when compiled, three-valued when evaluated. Nothing that is not on the list ever runs.
//!
//! The list: literals, columns, `= <> < <= > >=`, `and or not`, `is [not] null`, `case`, `||`,
//! `[not] like`, `cast` (text, bigint, double, boolean), `coalesce nullif lower upper trim substr
//! replace concat regexp_like`. Text and numbers compare only after a `cast`.

mod compile;
mod eval;
#[cfg(test)]
mod tests;

pub use compile::{Name, compile};
pub use eval::{Env, Value};

use regex::Regex;

/// Static type of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`: fits every type.
    Null,
    /// Text; raw columns are always text.
    Text,
    /// Integer or float.
    Number,
    /// Truth value.
    Bool,
    /// Instant.
    Time,
    /// A list: only `is null` works on it.
    List,
}

impl Kind {
    /// The word in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Text => "text",
            Kind::Number => "number",
            Kind::Bool => "truth value",
            Kind::Time => "time",
            Kind::List => "list",
        }
    }
}

/// Comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Type of a cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cast {
    /// `text`, `varchar`, `string`
    Text,
    /// `bigint`, `int`, `integer`
    Int,
    /// `double`, `float`, `real`
    Float,
    /// `boolean`
    Bool,
}

/// Function on scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// First non-null.
    Coalesce,
    /// Null when equal.
    Nullif,
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// Without blanks at the ends.
    Trim,
    /// 1-based part.
    Substr,
    /// All occurrences replaced.
    Replace,
    /// Text of all arguments; nulls are empty.
    Concat,
    /// `||`: null when one side is.
    Join,
}

/// A compiled expression. Columns are numbers that the compiling side handed out.
#[derive(Debug, Clone)]
pub enum Expr {
    /// Constant.
    Literal(Value<'static>),
    /// Raw column (text).
    Raw(usize),
    /// Canonical column.
    Canonical(usize),
    /// Comparison.
    Compare(Compare, Box<Expr>, Box<Expr>),
    /// All hold.
    And(Box<Expr>, Box<Expr>),
    /// One holds.
    Or(Box<Expr>, Box<Expr>),
    /// Does not hold.
    Not(Box<Expr>),
    /// `is null`.
    IsNull(Box<Expr>),
    /// `case when ... then ... else ... end`.
    Case(Vec<(Expr, Expr)>, Option<Box<Expr>>),
    /// `like` and `regexp_like`, both as a regex.
    Match(Box<Expr>, Box<Regex>),
    /// `cast`; what does not parse is null.
    Cast(Box<Expr>, Cast),
    /// Function call.
    Call(Function, Vec<Expr>),
}
