//! The program: parse, read the clock once, run, print what failed, exit with its code.

use std::process::ExitCode;

use clap::Parser;
use tapeline::cli::Cli;
use tapeline::commands::{self, Outcome};
use tapeline::messages::Messages;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let messages = Messages::new(cli.global.log_format, cli.global.quiet);
    let now_us = chrono::Utc::now().timestamp_micros();
    match commands::run(cli, messages, now_us) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(error) => {
            messages.error(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}
