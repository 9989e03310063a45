//! The standard output of a program as an input. No shell; it runs in the project folder, with
//! no standard input, for a limited time. Output of a program that failed is never used.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::clean::clean;
use super::input::read_error;
use super::spool::Spool;
use super::{Input, Kind, Opener};
use crate::error::{Error, Result};

/// Lines of standard error that are shown.
const TAIL_LINES: usize = 5;
/// Bytes of one such line.
const LINE_MAX_BYTES: u64 = 500;

/// Runs the program to its end.
pub(super) fn run(opener: &Opener<'_>, argv: &[String]) -> Result<Input> {
    let Some((program, arguments)) = argv.split_first().filter(|(p, _)| !p.is_empty()) else {
        return Err(Error::config("`command` is empty").hint("command = [\"psql\", \"-XAt\", ...]"));
    };
    // Arguments may hold secrets: they are shown nowhere.
    let name = program.rsplit('/').next().unwrap_or(program);
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(opener.root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| {
            Error::config(format!("`{program}` cannot be started"))
                .because(e)
                .hint("install it, or give its whole path in `command`")
        })?;
    let (Some(mut stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Error::storage("the pipes of the command are missing").at(name));
    };
    let (folder, limits) = (opener.spool.to_owned(), opener.limits.clone());
    let spool = thread::spawn(move || Spool::fill(&folder, &mut stdout, &limits));
    let tail = thread::spawn(move || last_lines(stderr));
    let status = wait(&mut child, opener.limits.command_max_s).map_err(|e| e.at(name))?;
    let tail = joined(tail).map_err(|e| e.at(name))?;
    // A full pipe or a cap on our side also makes the program fail; that cause comes first.
    let spool = joined(spool).map_err(|e| e.at(name))?.map_err(|e| read_error(e, name))?;
    if !status.success() {
        let error = Error::input(format!("the command failed: {status}")).at(name);
        return Err(tail
            .iter()
            .fold(error, |e, line| e.because(line))
            .hint("run it by hand in the project folder, as the same user"));
    }
    Ok(Input::spooled(name, Kind::Command, spool, &opener.limits))
}

fn wait(child: &mut Child, max_s: u64) -> Result<ExitStatus> {
    let failed = |e| Error::storage("the command cannot be waited for").because(e);
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(status);
        }
        if started.elapsed() > Duration::from_secs(max_s) {
            child.kill().map_err(failed)?;
            child.wait().map_err(failed)?;
            return Err(Error::input(format!("the command ran longer than {max_s} s"))
                .hint("make it faster, or raise the time limit of the source"));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn joined<T>(thread: JoinHandle<T>) -> Result<T> {
    thread.join().map_err(|_| Error::storage("reading the command's output broke off"))
}

fn last_lines(stderr: impl Read) -> Vec<String> {
    let mut reader = BufReader::new(stderr);
    let mut tail = VecDeque::new();
    let mut line = Vec::new();
    while reader.by_ref().take(LINE_MAX_BYTES).read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        let text = clean(&String::from_utf8_lossy(&line)).trim().to_owned();
        line.clear();
        if !text.is_empty() {
            tail.push_back(text);
        }
        if tail.len() > TAIL_LINES {
            tail.pop_front();
        }
    }
    tail.into()
}
