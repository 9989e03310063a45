//! Reads an strace log (`-f -y -xx`) into the file-system operations under one folder, in the
//! order in which they completed. Failed calls and other paths are left out.

use std::collections::BTreeMap;

/// One completed operation; paths are relative to the recorded folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// A folder was made.
    Mkdir(String),
    /// A file was opened with `O_CREAT` or `O_TRUNC`.
    Open { path: String, truncates: bool },
    /// Bytes were written at an offset.
    Write { path: String, at: usize, data: Vec<u8> },
    /// A file was cut or grown.
    Truncate { path: String, len: usize },
    /// A file or folder was synced.
    Sync(String),
    /// A second name was made.
    Link { from: String, to: String },
    /// A name was moved.
    Rename { from: String, to: String },
    /// A name was removed.
    Unlink(String),
    /// The program told the user something.
    Ack(String),
}

/// System calls to record.
pub const CALLS: &str = "openat,write,pwrite64,lseek,ftruncate,fsync,fdatasync,link,linkat,\
                         rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat,rmdir";

/// Parses a log. `base` is the recorded folder; writes to `base/acks` are acknowledgements.
pub fn parse(log: &str, base: &str) -> Vec<Op> {
    let mut pending: BTreeMap<&str, String> = BTreeMap::new();
    let mut offsets: BTreeMap<String, usize> = BTreeMap::new();
    let mut ops = Vec::new();
    for line in log.lines() {
        let Some((pid, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let call = if let Some(begun) = rest.strip_suffix(" <unfinished ...>") {
            pending.insert(pid, begun.to_owned());
            continue;
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let Some((_, end)) = resumed.split_once(" resumed>") else { continue };
            pending.remove(pid).unwrap_or_default() + end
        } else {
            rest.to_owned()
        };
        ops.extend(operation(&call, base, &mut offsets));
    }
    ops
}

fn operation(call: &str, base: &str, offsets: &mut BTreeMap<String, usize>) -> Option<Op> {
    let (name, rest) = call.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(") = ").or_else(|| {
        // strace pads short calls: `fsync(3<...>)      = 0`.
        let (arguments, result) = rest.rsplit_once(" = ")?;
        Some((arguments.trim_end().strip_suffix(')')?, result))
    })?;
    let result: usize = result.split(['<', ' ']).next()?.parse().ok()?;
    let texts: Vec<Vec<u8>> = quoted(arguments);
    let path = |n: usize| -> Option<String> {
        inside(&String::from_utf8(texts.get(n)?.clone()).ok()?, base)
    };
    let fd = || inside(&fd_path(arguments)?, base);
    match name {
        "mkdir" | "mkdirat" => Some(Op::Mkdir(path(0)?)),
        "openat" => {
            let path = path(0)?;
            offsets.insert(path.clone(), 0);
            let truncates = arguments.contains("O_TRUNC");
            let is_new = truncates || arguments.contains("O_CREAT");
            (is_new && path != "acks").then_some(Op::Open { path, truncates })
        }
        "write" | "pwrite64" => {
            let path = fd()?;
            let data = texts.first()?.get(..result)?.to_vec();
            if path == "acks" {
                return Some(Op::Ack(String::from_utf8_lossy(&data).trim_end().to_owned()));
            }
            let next = offsets.entry(path.clone()).or_default();
            let at = match name {
                "write" => std::mem::replace(next, *next + result),
                _ => arguments.rsplit_once(", ")?.1.parse().ok()?,
            };
            Some(Op::Write { path, at, data })
        }
        "lseek" => {
            offsets.insert(fd()?, result);
            None
        }
        "ftruncate" => {
            Some(Op::Truncate { path: fd()?, len: arguments.rsplit_once(", ")?.1.parse().ok()? })
        }
        "fsync" | "fdatasync" => Some(Op::Sync(fd()?)),
        "link" | "linkat" => Some(Op::Link { from: path(0)?, to: path(1)? }),
        "rename" | "renameat" | "renameat2" => Some(Op::Rename { from: path(0)?, to: path(1)? }),
        "unlink" | "unlinkat" | "rmdir" => Some(Op::Unlink(path(0)?)),
        _ => None,
    }
}

/// The quoted strings of a call, with `\xNN` decoded.
fn quoted(arguments: &str) -> Vec<Vec<u8>> {
    arguments.split('"').skip(1).step_by(2).map(unescape).collect()
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4);
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        out.push(u8::from_str_radix(&rest[at + 2..at + 4], 16).unwrap());
        rest = &rest[at + 4..];
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// The path that `-y` prints behind the first descriptor.
fn fd_path(arguments: &str) -> Option<String> {
    let (_, rest) = arguments.split_once('<')?;
    let (path, _) = rest.split_once('>')?;
    String::from_utf8(unescape(path)).ok()
}

fn inside(path: &str, base: &str) -> Option<String> {
    let rest = path.strip_prefix(base)?;
    if rest.is_empty() { Some(String::new()) } else { rest.strip_prefix('/').map(str::to_owned) }
}

#[test]
fn a_log_with_interleaved_calls_is_read_in_order_of_completion() {
    let log = "\
7 mkdir(\"/b/lake\", 0777) = 0
7 mkdir(\"/elsewhere\", 0777) = 0
8 openat(AT_FDCWD</>, \"/b/lake/f#1\", O_RDWR|O_CREAT|O_EXCL, 0666) = 4</b/lake/f#1>
8 write(4</b/lake/f#1>, \"\\x61\\x62\", 2 <unfinished ...>
7 write(1<pipe:[5]>, \"noise\", 5) = 5
8 <... write resumed>) = 2
8 write(4</b/lake/f#1>, \"c\", 1) = 1
8 fsync(4</b/lake/f#1>)         = 0
8 linkat(AT_FDCWD</>, \"/b/lake/f#1\", AT_FDCWD</>, \"/b/lake/f\", 0) = 0
8 linkat(AT_FDCWD</>, \"/b/lake/f#1\", AT_FDCWD</>, \"/b/lake/f\", 0) = -1 EEXIST (File exists)
8 fsync(5</b/lake>) = 0
8 unlink(\"/b/lake/f#1\") = 0
7 write(3</b/acks>, \"t 0\\x0a\", 4) = 4
";
    let text = |t: &str| t.to_owned();
    let draft = || text("lake/f#1");
    assert_eq!(
        parse(log, "/b"),
        [
            Op::Mkdir(text("lake")),
            Op::Open { path: draft(), truncates: false },
            Op::Write { path: draft(), at: 0, data: b"ab".to_vec() },
            Op::Write { path: draft(), at: 2, data: b"c".to_vec() },
            Op::Sync(draft()),
            Op::Link { from: draft(), to: text("lake/f") },
            Op::Sync(text("lake")),
            Op::Unlink(draft()),
            Op::Ack(text("t 0")),
        ]
    );
}
