//! What was typed. Meaning is given in `config.rs` and `commands/`; nothing below them sees this.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Backup reporting that an auditor can recompute: raw exports in; review, capacity plan and
/// evidence package out.
#[derive(Debug, Parser)]
#[command(name = "tapeline", version, max_term_width = 100)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Folder with tapeline.toml
    #[arg(long, short = 'C', global = true, default_value = ".", value_name = "DIR")]
    pub project: PathBuf,
    /// Instant at which the world is looked at (default: `as_of` of the project, else now); query
    /// and report then read the tables as they were
    #[arg(long, global = true, value_name = "INSTANT")]
    pub as_of: Option<String>,
    /// Folder for reports and evidence (default: as the project says)
    #[arg(long, global = true, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Messages for people or for programs
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Say only warnings and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// Form of messages on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One line of text each.
    Text,
    /// One JSON object each.
    Json,
}

/// The verbs.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one value, parsed once")]
pub enum Command {
    /// Load, derive and report as tapeline.toml says; without a project: the sample company
    Run {
        /// A `[[job]]` of tapeline.toml (default: everything the project produces)
        job: Option<String>,
    },
    /// Make a new project
    Init {
        /// The folder to make
        dir: PathBuf,
    },
    /// Load the sources' exports into the lake
    Load {
        /// A `[[source]]` of tapeline.toml (default: all)
        source: Option<String>,
        /// Show per column what was mapped, lost and not understood
        #[arg(long)]
        explain: bool,
        /// Read and map, write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Rebuild expected runs, failure causes and incident links
    Derive,
    /// Run a named query, a file or SQL text
    Query {
        /// Name of a query or table, path of a .sql file, or SQL
        query: String,
        /// Variable of the query, `name=value`
        #[arg(long = "var", value_name = "NAME=VALUE")]
        vars: Vec<String>,
        /// Period that sets `from` and `to`, such as 2026Q3, 2026-09 or 2026
        #[arg(long)]
        period: Option<String>,
        /// Form of the answer
        #[arg(long, value_enum, default_value_t = DataFormat::Table)]
        format: DataFormat,
        /// Print the statement instead of running it
        #[arg(long, value_enum)]
        sql: Option<Dialect>,
        /// Read this version of each table of the query
        #[arg(long, value_name = "VERSION")]
        as_of_version: Option<i64>,
    },
    /// Render a report
    Report {
        /// Folder name in report_templates/
        name: String,
        /// Period, such as 2026Q3
        #[arg(long)]
        period: Option<String>,
        /// Outputs to write (default: all that the report has)
        #[arg(long, value_delimiter = ',', value_name = "html,xlsx")]
        formats: Vec<String>,
    },
    /// Make an evidence package
    Evidence {
        /// Framework of queries/controls.toml
        #[arg(long)]
        framework: String,
        /// Period, such as 2026Q3
        #[arg(long)]
        period: Option<String>,
    },
    /// Verify an evidence package
    Verify {
        /// The .zip
        package: PathBuf,
        /// File of allowed signers (OpenSSH form)
        #[arg(long, value_name = "FILE")]
        allowed_signers: Option<PathBuf>,
        /// Run every query again over the tables inside
        #[arg(long)]
        recompute: bool,
    },
    /// Forecast any series of numbers, and when each reaches a threshold; needs no project
    #[command(after_long_help = FORECAST_HELP)]
    Forecast(Forecast),
    /// Due jobs
    Schedule {
        /// What to do
        #[command(subcommand)]
        verb: ScheduleVerb,
    },
    /// Adapters: how raw exports become rows
    Adapters {
        /// What to do
        #[command(subcommand)]
        verb: AdaptersVerb,
    },
    /// Rows that could not be loaded: list, show in full, load again after a fix
    #[command(args_conflicts_with_subcommands = true)]
    Quarantine {
        /// What to do (default: list)
        #[command(subcommand)]
        verb: Option<QuarantineVerb>,
        /// Source (default: all)
        source: Option<String>,
        /// Form of the answer
        #[arg(long, value_enum, default_value_t = DataFormat::Table)]
        format: DataFormat,
    },
    /// Canonical tables: columns, types, units, keys
    Tables {
        /// A table (default: list)
        table: Option<String>,
    },
    /// Queries: what each one says
    Metrics {
        /// A query (default: list)
        name: Option<String>,
        /// Print the reference page of all queries instead: METRICS.md
        #[arg(long, conflicts_with = "name")]
        markdown: bool,
    },
    /// Versions of the tables and what made them
    History {
        /// A table (default: all)
        table: Option<String>,
        /// Print the live Parquet files of every table as JSON instead
        #[arg(long)]
        live_files: bool,
    },
    /// Remove files that no retained version needs
    Vacuum {
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
        /// Days that replaced files are kept
        #[arg(long, default_value_t = 90)]
        retention_days: i64,
    },
    /// Configuration, lake, freshness, quarantine, disk space: what to fix first
    Doctor,
}

/// Verbs of `quarantine`.
#[derive(Debug, Subcommand)]
pub enum QuarantineVerb {
    /// List the rows that are still open
    List {
        /// Source (default: all)
        source: Option<String>,
        /// Also those that a later load took in
        #[arg(long)]
        all: bool,
        /// Form of the answer
        #[arg(long, value_enum, default_value_t = DataFormat::Table)]
        format: DataFormat,
    },
    /// Print the open rows in full, with their raw records
    Show {
        /// Source (default: all)
        source: Option<String>,
    },
    /// Load their inputs again with the adapters now in force, and mark what was taken in
    Replay {
        /// Source (default: all)
        source: Option<String>,
    },
}

/// What `forecast` is asked.
#[derive(Debug, Clone, Args)]
pub struct Forecast {
    /// CSV with a header, also compressed (gz, zst, xz, bz2); `-` = standard input
    pub file: PathBuf,
    /// Column of the number; an empty cell is a gap
    #[arg(long, value_name = "COLUMN")]
    pub value: String,
    /// Column of the time: ISO, YYYY-MM, YYYY or an epoch (default: rows are steps)
    #[arg(long, value_name = "COLUMN")]
    pub time: Option<String>,
    /// Column of the series' name; rows of one series stand together (default: one series)
    #[arg(long, value_name = "COLUMN")]
    pub series: Option<String>,
    /// Steps to look ahead, 1 to 10000
    #[arg(long, value_name = "STEPS", value_parser = steps)]
    pub horizon: usize,
    /// Seasonal periods in steps, used where a test finds them (default: those of the calendar;
    /// 0 = none)
    #[arg(long, value_delimiter = ',', value_name = "STEPS")]
    pub period: Vec<usize>,
    /// Column of the capacity or limit, or a number: dates at 70, 80, 90 and 100 % of it
    #[arg(long, value_name = "COLUMN|NUMBER", allow_negative_numbers = true)]
    pub threshold: Option<String>,
    /// Column of what is left: value + left is the threshold
    #[arg(long, value_name = "COLUMN")]
    pub available: Option<String>,
    /// CSV of planned additions: starts_at, amount, and if there are any series, ramp_s,
    /// adds_capacity, probability_share; they move the dates, not the forecast
    #[arg(long, value_name = "FILE")]
    pub plans: Option<PathBuf>,
    /// Column of the data before reduction: where it is known, it and its ratio to the value are
    /// forecast apart
    #[arg(long, value_name = "COLUMN")]
    pub logical: Option<String>,
    /// CSV of what comes back at known dates (expiring recovery points): back_at, amount, and if
    /// there is one series; part of the forecast
    #[arg(long, value_name = "FILE")]
    pub roll_off: Option<PathBuf>,
    /// Also forecast the total of all series, by adding sample paths; all series are held in
    /// memory
    #[arg(long)]
    pub total: bool,
    /// Also forecast the totals by the values of these columns, such as site (implies --total)
    #[arg(long, value_delimiter = ',', value_name = "COLUMN")]
    pub total_by: Vec<String>,
    /// Resample: the last value of each day, week, month, hour, 15min, ... (default: as found)
    #[arg(long, value_name = "LENGTH")]
    pub every: Option<String>,
    /// Zone of times without an offset, and of days and months
    #[arg(long, default_value = "UTC")]
    pub zone: String,
    /// How times are written when not as above, such as %d.%m.%Y
    #[arg(long, value_name = "STRFTIME")]
    pub time_format: Option<String>,
    /// Separator of the cells
    #[arg(long, default_value_t = ',', value_name = "CHARACTER")]
    pub delimiter: char,
    /// Levels of the intervals; 0.8 gives the quantiles p10 and p90
    #[arg(long, value_delimiter = ',', default_value = "0.8,0.95")]
    pub levels: Vec<f64>,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = DataFormat::Table)]
    pub format: DataFormat,
    /// Rows on standard output (JSON has the summary in any case)
    #[arg(long, value_enum, default_value_t = ForecastRows::Steps)]
    pub rows: ForecastRows,
    /// Also write the summary rows to this CSV file
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
    /// Seed of the sample paths behind the dates
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// What a row of a forecast is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ForecastRows {
    /// One step ahead of one series.
    Steps,
    /// One series.
    Summary,
}

fn steps(text: &str) -> Result<usize, String> {
    let steps = text.parse::<usize>().ok().filter(|steps| (1..=10_000).contains(steps));
    steps.ok_or_else(|| "give a number of steps from 1 to 10000".to_owned())
}

const FORECAST_HELP: &str = "\
Rows of steps: series, step, at, mean, median, one column per quantile (p025 = 2.5 %), planned
  (expected sum of --plans, on top).
Rows of summary: series, point_n, duplicate_n, filled_n, used_n (after the last level shift),
  censored_n (left out: at the threshold nothing can grow),
  every, last_at, last_value, growth_per_step, weights (of the methods), seasons, changepoints,
  back-test: smape (0.1 = 10 %), mase, coverage_ratio (of 95 %), origin_n,
  with a threshold: reach_100_p10_at, ..p50.., ..p90.. (steps without --time) and
  reach_100_probability (within the horizon), the same for 70, 80 and 90 %,
  refusal and refusal_sentence: why there is no forecast or no date.
  With --logical: ratio (logical / value, at the end), ratio_p10 (at the horizon, one chance in
  ten to be below), logical_growth_per_step.
  With totals: level (series, a column of --total-by, or all), series_n, left_out_n, left_out
  (which series are in no total, and why). A single threshold, and a plan or roll-off without a
  series, counts once for each series.
JSON: one object a line and series, { series, steps: [..], summary: {..} }.

A row with an empty value after the last one may state a later threshold. Of several
rows in a step the last counts (duplicate_n: the others). Up to a fifth of the steps may be missing; they are filled on a straight line.

Examples:
  tapeline forecast pools.csv --time day --value used --series pool --threshold size --horizon 365
  tapeline forecast use.csv --value gb --horizon 12 --format csv --summary summary.csv";

/// Verbs of `schedule`.
#[derive(Debug, Subcommand)]
pub enum ScheduleVerb {
    /// Execute what is due, once each
    Run,
    /// Show the next due instants
    Next {
        /// How many
        #[arg(long, short = 'n', default_value_t = 10)]
        count: usize,
    },
    /// Show past runs
    History,
    /// Print units for another scheduler
    Export {
        /// systemd, cron, kubernetes or airflow
        target: String,
    },
}

/// Verbs of `adapters`.
#[derive(Debug, Subcommand)]
pub enum AdaptersVerb {
    /// List them
    List {
        /// Only those of a table
        #[arg(long)]
        table: Option<String>,
    },
    /// Print the TOML in force
    Show {
        /// Id
        id: String,
    },
    /// Check without data
    Check {
        /// Id (default: all)
        id: Option<String>,
    },
    /// Run sample against expected rows
    Test {
        /// Id (default: all)
        id: Option<String>,
    },
    /// Draft an adapter from an export
    New {
        /// The export
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// Canonical table
        #[arg(long, default_value = "job_runs")]
        table: String,
    },
}

/// Form of data on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DataFormat {
    /// Aligned text.
    Table,
    /// RFC 4180.
    Csv,
    /// One JSON object a line.
    Json,
}

/// Spelling of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// As the author wrote it, references resolved.
    Portable,
    /// As the embedded engine gets it.
    Polars,
    /// For DuckDB.
    Duckdb,
}
