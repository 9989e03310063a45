//! The one table of functions: who may be called, with how many arguments, and how each engine
//! spells it. What is not in here is refused. A new function is one entry.

/// What a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One value per row.
    Scalar,
    /// One value per group; with `over` one per row.
    Aggregate,
    /// One value per group, never with `over` or `filter`.
    Grouped,
    /// Needs `over (... order by ...)`.
    Window,
}

/// One function. In spellings `{0}`, `{1}` are arguments and `{*}` is the call as written; an
/// empty spelling is the call as written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function {
    /// Lower-case name; `date_trunc:day` stands for the first argument `'day'`.
    pub name: &'static str,
    pub kind: Kind,
    pub least: usize,
    pub most: usize,
    pub polars: &'static str,
    pub duckdb: &'static str,
    pub spark: &'static str,
}

const fn plain(name: &'static str, kind: Kind, least: usize, most: usize) -> Function {
    Function { name, kind, least, most, polars: "", duckdb: "", spark: "" }
}

const fn house(
    name: &'static str,
    count: usize,
    polars: &'static str,
    duckdb: &'static str,
    spark: &'static str,
) -> Function {
    Function { name, kind: Kind::Scalar, least: count, most: count, polars, duckdb, spark }
}

/// Counting functions are 32-bit and unsigned in Polars: differences would wrap.
const WIDE: &str = "CAST({*} AS BIGINT)";

use Kind::{Aggregate, Grouped, Scalar, Window};

/// All functions, sorted by name.
pub(super) const FUNCTIONS: &[Function] = &[
    plain("abs", Scalar, 1, 1),
    house(
        "add_hours",
        2,
        "({0} + INTERVAL '1 hour' * ({1}))",
        "({0} + to_hours({1}))",
        "timestampadd(HOUR, {1}, {0})",
    ),
    house(
        "add_micros",
        2,
        "({0} + INTERVAL '1 microsecond' * ({1}))",
        "({0} + to_microseconds({1}))",
        "timestampadd(MICROSECOND, {1}, {0})",
    ),
    house("array_contains", 2, "", "", ""),
    plain("avg", Aggregate, 1, 1),
    plain("coalesce", Scalar, 2, 99),
    Function { polars: WIDE, ..plain("count", Aggregate, 1, 1) },
    house(
        "date_trunc:day",
        1,
        "CAST(CAST({0} AS DATE) AS TIMESTAMP)",
        "CAST(date_trunc('day', {0}) AS TIMESTAMP)",
        "date_trunc('day', {0})",
    ),
    house(
        "date_trunc:hour",
        1,
        "STRPTIME(STRFTIME({0}, '%Y-%m-%d %H:00:00'), '%Y-%m-%d %H:%M:%S')",
        "CAST(date_trunc('hour', {0}) AS TIMESTAMP)",
        "date_trunc('hour', {0})",
    ),
    house(
        "date_trunc:month",
        1,
        "STRPTIME(STRFTIME({0}, '%Y-%m-01 00:00:00'), '%Y-%m-%d %H:%M:%S')",
        "CAST(date_trunc('month', {0}) AS TIMESTAMP)",
        "date_trunc('month', {0})",
    ),
    house(
        "date_trunc:quarter",
        1,
        "STRPTIME(STRFTIME({0}, '%Y') || CASE WHEN EXTRACT(MONTH FROM {0}) <= 3 THEN '-01-01' \
         WHEN EXTRACT(MONTH FROM {0}) <= 6 THEN '-04-01' WHEN EXTRACT(MONTH FROM {0}) <= 9 THEN \
         '-07-01' ELSE '-10-01' END || ' 00:00:00', '%Y-%m-%d %H:%M:%S')",
        "CAST(date_trunc('quarter', {0}) AS TIMESTAMP)",
        "date_trunc('quarter', {0})",
    ),
    house(
        "date_trunc:week",
        1,
        "(CAST(CAST({0} AS DATE) AS TIMESTAMP) - INTERVAL '1 day' * \
         (CAST(EXTRACT(ISODOW FROM {0}) AS BIGINT) - 1))",
        "CAST(date_trunc('week', {0}) AS TIMESTAMP)",
        "date_trunc('week', {0})",
    ),
    house(
        "date_trunc:year",
        1,
        "STRPTIME(STRFTIME({0}, '%Y-01-01 00:00:00'), '%Y-%m-%d %H:%M:%S')",
        "CAST(date_trunc('year', {0}) AS TIMESTAMP)",
        "date_trunc('year', {0})",
    ),
    house(
        "day",
        1,
        "STRFTIME({0}, '%Y-%m-%d')",
        "strftime({0}, '%Y-%m-%d')",
        "date_format({0}, 'yyyy-MM-dd')",
    ),
    Function { polars: WIDE, ..plain("dense_rank", Window, 0, 0) },
    plain("greatest", Scalar, 2, 99),
    plain("lag", Window, 1, 2),
    plain("lead", Window, 1, 2),
    plain("least", Scalar, 2, 99),
    Function { polars: WIDE, ..plain("length", Scalar, 1, 1) },
    plain("lower", Scalar, 1, 1),
    house(
        "matches",
        2,
        "REGEXP_LIKE({0}, {1})",
        "regexp_matches({0}, {1})",
        "regexp_like({0}, {1})",
    ),
    plain("max", Aggregate, 1, 1),
    plain("median", Grouped, 1, 1),
    house(
        "micros",
        1,
        "CAST(ROUND({0} * 1000000) AS BIGINT)",
        "CAST(round({0} * 1000000) AS BIGINT)",
        "CAST(round({0} * 1000000) AS BIGINT)",
    ),
    house(
        "micros_between",
        2,
        "CAST({1} - {0} AS BIGINT)",
        "date_diff('microsecond', {0}, {1})",
        "timestampdiff(MICROSECOND, {0}, {1})",
    ),
    plain("min", Aggregate, 1, 1),
    house(
        "month",
        1,
        "STRFTIME({0}, '%Y-%m')",
        "strftime({0}, '%Y-%m')",
        "date_format({0}, 'yyyy-MM')",
    ),
    plain("nullif", Scalar, 2, 2),
    Function {
        kind: Grouped,
        ..house(
            "quantile",
            2,
            "QUANTILE_CONT({0}, {1})",
            "quantile_cont({0}, {1})",
            "percentile({0}, {1})",
        )
    },
    Function { polars: WIDE, ..plain("rank", Window, 0, 0) },
    plain("replace", Scalar, 3, 3),
    Function { polars: WIDE, ..plain("row_number", Window, 0, 0) },
    house("starts_with", 2, "", "", "startswith({0}, {1})"),
    plain("string_agg", Grouped, 2, 2),
    plain("sum", Aggregate, 1, 1),
    plain("upper", Scalar, 1, 1),
];

/// A function by name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

/// What to write instead of functions that people reach for.
pub(super) fn instead(name: &str) -> &'static str {
    match name {
        "now" | "current_date" | "current_timestamp" | "today" => {
            "write {{ var('as_of') }}: a report never reads the clock"
        }
        "datediff" | "date_diff" | "timestampdiff" | "age" | "epoch" => "use micros_between(a, b)",
        "date_add" | "dateadd" | "date_sub" | "timestampadd" => "use add_hours(t, n)",
        "percentile_cont" | "quantile_cont" | "percentile" | "approx_quantile" => {
            "use quantile(x, q)"
        }
        "year" | "hour" | "minute" | "quarter" | "week" | "dayofweek" => {
            "use extract(... from t), month(t), day(t) or date_trunc('week', t)"
        }
        "date" | "to_date" | "strftime" | "date_format" | "to_char" | "strptime" => {
            "use month(t), day(t) or date_trunc('day', t)"
        }
        "round" | "floor" | "ceil" | "ceiling" | "trunc" => {
            "return the integers; rounding belongs to formatting"
        }
        "mod" => "signs differ between engines; use stats/ or a derived table",
        "regexp_like" | "regexp_matches" | "rlike" => "use matches(text, pattern)",
        "regexp_extract" | "regexp_replace" => "extract in an adapter or in derive/",
        "count_if" | "countif" => "use count(*) filter (where ...)",
        "any_value" | "first" | "last" | "mode" | "max_by" | "arg_max" => {
            "use min(), max(), or row_number() in a common table expression"
        }
        "stddev" | "stddev_pop" | "stddev_samp" | "variance" | "var_pop" | "corr" => {
            "deviations belong to the steps of stats/"
        }
        "ntile" | "percent_rank" | "cume_dist" | "first_value" | "last_value" | "nth_value" => {
            "use row_number() in a common table expression, or derive/"
        }
        "ifnull" | "nvl" | "isnull" => "use coalesce(x, y)",
        "if" | "iif" => "use case when ... then ... else ... end",
        "len" | "char_length" | "character_length" => "use length(text)",
        "concat" | "concat_ws" => "use a || b; null stays null on every engine",
        "left" | "substr" => "use substring(text, 1, n)",
        "unnest" | "explode" => "use a derived table such as system_names",
        _ => "functions of the house subset are listed in src/engines/gate/functions.rs",
    }
}
