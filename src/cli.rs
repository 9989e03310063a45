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
    /// Instant at which the world is looked at (default: `as_of` of the project, else now)
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
        /// Run every query again over the populations inside
        #[arg(long)]
        recompute: bool,
    },
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
    /// Rows that could not be loaded
    Quarantine {
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
