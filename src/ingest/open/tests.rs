//! Files, archives, streams and commands, among them hostile ones.

use std::fs;
use std::io::{Cursor, Write};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;
use crate::error::{Error, Kind as ErrorKind};

struct Project {
    folder: TempDir,
    limits: Limits,
}

impl Project {
    fn new() -> Project {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("project/in")).unwrap();
        Project { folder, limits: Limits::default() }
    }

    fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("project")
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn open(&self, origin: &Origin, stdin: &[u8]) -> Result<Vec<Input>> {
        let (root, spool) = (self.root(), self.folder.path().join("spool"));
        let opener = Opener { root: &root, spool: &spool, limits: self.limits.clone() };
        opener.open(origin, &mut Cursor::new(stdin))
    }

    fn path(&self, path: &str) -> Result<Vec<Input>> {
        self.open(&Origin::Path(path.to_owned()), b"")
    }

    fn names(&self, path: &str) -> Vec<String> {
        self.path(path).unwrap().iter().map(|input| input.name().to_owned()).collect()
    }

    fn command(&self, script: &str) -> Result<Vec<Input>> {
        let argv = ["sh", "-c", script].map(str::to_owned);
        self.open(&Origin::Command(argv.into()), b"")
    }
}

fn content(input: &Input) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut reader = input.bytes()?;
    reader.read_to_end(&mut bytes).map_err(|e| read_error(e, input.name()))?;
    Ok(bytes)
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(zip::CompressionMethod::Deflated, members)
}

fn zip_with(method: zip::CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

fn refused(result: Result<Vec<Input>>) -> Error {
    let inputs = match result {
        Err(error) => return error,
        Ok(inputs) => inputs,
    };
    inputs.iter().find_map(|input| content(input).err()).expect("must be refused")
}

#[test]
fn globs_are_sorted_and_stay_in_their_folders() {
    let project = Project::new();
    for name in ["in/b.csv", "in/a.csv", "in/.hidden.csv", "in/sub/c.csv", "in/d.txt", "x[1].csv"] {
        project.write(name, name);
    }
    assert_eq!(project.names("in/*.csv"), ["in/a.csv", "in/b.csv"]);
    assert_eq!(project.names("in/**/*.csv"), ["in/a.csv", "in/b.csv", "in/sub/c.csv"]);
    assert_eq!(project.names("./in/a.csv"), ["in/a.csv"]);
    assert_eq!(project.names("x[1].csv"), ["x[1].csv"]);
    assert!(project.names("in/*.json").is_empty());
    let input = &project.path("in/a.csv").unwrap()[0];
    assert_eq!((input.sha256(), input.size_bytes()), (hex(b"in/a.csv"), 8));
    assert!(input.modified_us().unwrap() > 1_577_836_800_000_000, "after 2020");
    assert_eq!(input.kind().word(), "file");
}

#[test]
fn a_path_that_is_not_there_or_leaves_the_project_is_an_error_with_a_hint() {
    let project = Project::new();
    project.write("in/jobs.csv", "a\n");
    for (path, message, hint) in [
        ("in/job.csv", "does not exist", "its folder holds: jobs.csv"),
        ("exports/x.csv", "does not exist", "create the folder"),
        ("in", "is a folder", "write \"in/*\""),
        ("../secret.csv", "leaves the project folder", "below the project folder"),
        ("in/../../x*.csv", "leaves the project folder", "below the project folder"),
        ("/etc/passwd", "leaves the project folder", "below the project folder"),
        ("", "leaves the project folder", "below the project folder"),
        ("in/[", "is no glob", "[[]"),
    ] {
        let error = refused(project.path(path));
        assert_eq!(error.kind, ErrorKind::Config, "{path}");
        assert!(error.message.contains(message), "{path}: {error}");
        assert!(error.hint.unwrap_or_default().contains(hint), "{path}");
    }
}

#[cfg(unix)]
#[test]
fn links_out_of_the_project_are_refused_and_links_inside_are_followed() {
    use std::os::unix::fs::symlink;
    let project = Project::new();
    fs::write(project.folder.path().join("secret.csv"), "s\n").unwrap();
    fs::create_dir(project.folder.path().join("outside")).unwrap();
    fs::write(project.folder.path().join("outside/x.csv"), "s\n").unwrap();
    project.write("in/a.csv", "a\n");
    symlink(project.root().join("in/a.csv"), project.root().join("in/link.csv")).unwrap();
    assert_eq!(content(&project.path("in/link.csv").unwrap()[0]).unwrap(), b"a\n");
    symlink("../../secret.csv", project.root().join("in/out.csv")).unwrap();
    symlink("../../outside", project.root().join("in/folder")).unwrap();
    symlink("nowhere", project.root().join("in/broken.txt")).unwrap();
    for path in ["in/out.csv", "in/*.csv", "in/folder/x.csv", "in/folder/*.csv"] {
        let error = refused(project.path(path));
        assert!(error.message.contains("leaves the project folder"), "{path}: {error}");
        assert_eq!(error.kind, ErrorKind::Input);
    }
    assert!(project.path("in/*.txt").is_err());
}

#[test]
fn compressed_files_are_recognised_by_their_first_bytes() {
    let project = Project::new();
    let text = b"a,b\n1,2\n".repeat(100);
    let xz = {
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 6);
        xz.write_all(&text).unwrap();
        xz.finish().unwrap()
    };
    let bz2 = {
        let mut bz2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        bz2.write_all(&text).unwrap();
        bz2.finish().unwrap()
    };
    let twice = [gz(&text), gz(b"more\n")].concat();
    project.write("in/1.csv.gz", gz(&text));
    project.write("in/2.csv.zst", zstd::encode_all(text.as_slice(), 3).unwrap());
    project.write("in/3.csv.xz", &xz);
    project.write("in/4.csv.bz2", bz2);
    project.write("in/5.csv", gz(&text));
    for input in project.path("in/*.csv*").unwrap() {
        assert_eq!(content(&input).unwrap(), text, "{}", input.name());
    }
    project.write("in/members.gz", twice);
    let input = &project.path("in/members.gz").unwrap()[0];
    assert_eq!(content(input).unwrap(), [text.as_slice(), b"more\n"].concat());
    // Hashed as it lies there, not as it reads.
    assert_eq!(project.path("in/3.csv.xz").unwrap()[0].sha256(), hex(&xz));
    project.write("in/plain.csv.gz", "a,b\n");
    let error = refused(project.path("in/plain.csv.gz"));
    assert!(error.message.contains("named .gz"), "{error}");
    project.write("in/empty.gz", "");
    assert!(refused(project.path("in/empty.gz")).message.contains("named .gz"));
    project.write("in/BZhang.txt", "BZhang is a name\n");
    assert_eq!(content(&project.path("in/BZhang.txt").unwrap()[0]).unwrap().len(), 17);
}

#[test]
fn every_cut_of_a_compressed_file_is_refused() {
    let project = Project::new();
    let text: Vec<u8> =
        (0..2000_u32).flat_map(|n| format!("{n},{}\n", n * 7).into_bytes()).collect();
    let whole = [gz(&text), zstd::encode_all(text.as_slice(), 3).unwrap(), zip(&[("a", &text)])];
    for (bytes, ending) in whole.iter().zip(["gz", "zst", "zip"]) {
        for cut in (10..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
            let name = format!("in/cut.{ending}");
            project.write(&name, &bytes[..cut]);
            let error = refused(project.path(&name));
            assert_eq!(error.kind, ErrorKind::Input, "{ending} {cut}: {error}");
            assert!(error.message.contains("cut or damaged"), "{ending} {cut}: {error}");
        }
    }
    let mut flipped = gz(&text);
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    project.write("in/flip.gz", flipped);
    assert!(refused(project.path("in/flip.gz")).message.contains("cut or damaged"));
}

#[test]
fn bombs_are_stopped_by_ratio_and_by_size() {
    let mut project = Project::new();
    let zeros = vec![0_u8; 8 << 20];
    project.write("in/bomb.gz", gz(&zeros));
    project.write("in/bomb.zip", zip(&[("a.csv", &zeros)]));
    project.write("in/small.gz", gz(&zeros[..1 << 19]));
    for path in ["in/bomb.gz", "in/bomb.zip"] {
        let error = refused(project.path(path));
        assert!(error.message.contains("more than 200 times"), "{path}: {error}");
    }
    assert_eq!(content(&project.path("in/small.gz").unwrap()[0]).unwrap().len(), 1 << 19);
    project.limits =
        Limits { ratio_max: 1 << 30, decompressed_max_bytes: 1 << 20, ..project.limits };
    for path in ["in/bomb.gz", "in/bomb.zip"] {
        let error = refused(project.path(path));
        assert!(error.message.contains("more than 1048576 bytes"), "{path}: {error}");
    }
    let error = refused(project.open(&Origin::Path("-".into()), &zeros));
    assert!(error.message.contains("more than 1048576 bytes"), "{error}");
}

#[test]
fn every_member_of_an_archive_is_an_input() {
    let project = Project::new();
    let inner = gz(b"c\n");
    project.write(
        "in/a.zip",
        zip(&[("z.csv", b"z\n"), ("sub/b.csv", b"b\n"), ("c.gz", &inner), ("__MACOSX/._z", b"x")]),
    );
    assert_eq!(
        project.names("in/*.zip"),
        ["in/a.zip/c.gz", "in/a.zip/sub/b.csv", "in/a.zip/z.csv"]
    );
    assert_eq!(project.names("in/a.zip/*.csv"), ["in/a.zip/sub/b.csv", "in/a.zip/z.csv"]);
    let inputs = project.path("in/a.zip").unwrap();
    assert_eq!(content(&inputs[0]).unwrap(), b"c\n");
    assert_eq!(inputs[0].sha256(), hex(&inner));
    assert_eq!((inputs[2].sha256(), inputs[2].kind().word()), (hex(b"z\n"), "member"));
}

#[test]
fn dangerous_archives_are_refused() {
    let project = Project::new();
    let members: [(&str, &[u8]); 2] = [("aa.csv", b"aaaa\n"), ("bb.csv", b"bbbb\n")];
    let good = zip_with(zip::CompressionMethod::Stored, &members);
    let renamed = |from: &[u8], to: &[u8]| {
        let mut bytes = good.clone();
        for at in 0..bytes.len() - from.len() {
            if bytes[at..].starts_with(from) {
                bytes[at..at + from.len()].copy_from_slice(to);
            }
        }
        bytes
    };
    for (name, bytes, message) in [
        ("leaves", renamed(b"aa.csv", b"../x.c"), "absolute or leaves its folder"),
        ("absolute", renamed(b"aa.csv", b"/x.csv"), "absolute or leaves its folder"),
        ("twice", renamed(b"bb.csv", b"aa.csv"), ""),
        ("check sum", renamed(b"bbbb\n", b"bbbc\n"), "cut or damaged"),
        ("nested", zip(&[("x.zip", &good)]), "an archive inside an archive"),
        ("no archive", b"PK but no archive".to_vec(), "cut or damaged"),
    ] {
        project.write("in/x.zip", bytes);
        let error = refused(project.path("in/x.zip"));
        assert_eq!(error.kind, ErrorKind::Input, "{name}: {error}");
        assert!(error.message.contains(message), "{name}: {error}");
    }
}

#[test]
fn standard_input_can_be_read_again_and_leaves_nothing_behind() {
    let project = Project::new();
    let inputs = project.open(&Origin::Path("-".into()), &gz(b"a\n")).unwrap();
    assert_eq!((inputs[0].name(), inputs[0].kind().word()), ("-", "stdin"));
    for _ in 0..2 {
        assert_eq!(content(&inputs[0]).unwrap(), b"a\n");
    }
    let spool = project.folder.path().join("spool");
    assert_eq!(fs::read_dir(&spool).unwrap().count(), 1);
    drop(inputs);
    assert_eq!(fs::read_dir(&spool).unwrap().count(), 0);
}

#[test]
fn the_output_of_a_command_is_an_input() {
    let project = Project::new();
    project.write("here.txt", "x");
    let inputs = project.command("ls; echo noise >&2").unwrap();
    assert_eq!(content(&inputs[0]).unwrap(), b"here.txt\nin\n");
    assert_eq!((inputs[0].name(), inputs[0].kind().word()), ("sh", "command"));
    assert_eq!(inputs[0].sha256(), hex(b"here.txt\nin\n"));
}

#[test]
fn a_command_that_fails_is_refused_with_its_last_words() {
    let mut project = Project::new();
    let script = "echo row; for n in 1 2 3 4 5 6 7; do echo \"line $n\" >&2; done; \
                  printf '\\033[31mfatal: no route\\033[0m' >&2; exit 3";
    let error = refused(project.command(script));
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.message.contains("exit status: 3"), "{error}");
    assert_eq!(error.causes, ["line 4", "line 5", "line 6", "line 7", "fatal: no route"]);
    let spool = project.folder.path().join("spool");
    assert_eq!(fs::read_dir(&spool).map_or(0, Iterator::count), 0);
    let missing = Origin::Command(vec!["no-such-program-here".into()]);
    assert_eq!(refused(project.open(&missing, b"")).kind, ErrorKind::Config);
    assert_eq!(refused(project.open(&Origin::Command(Vec::new()), b"")).kind, ErrorKind::Config);
    project.limits.command_max_s = 0;
    let error = refused(project.command("exec sleep 30"));
    assert!(error.message.contains("ran longer than 0 s"), "{error}");
}

#[test]
fn arguments_are_no_shell_text() {
    let project = Project::new();
    let argv = ["echo", "$(id); `id` > x | y"].map(str::to_owned);
    let inputs = project.open(&Origin::Command(argv.into()), b"").unwrap();
    assert_eq!(content(&inputs[0]).unwrap(), b"$(id); `id` > x | y\n");
}

#[test]
fn a_file_that_changes_between_hashing_and_reading_is_refused() {
    let project = Project::new();
    project.write("in/a.csv", "a,b\n1,2\n");
    let inputs = project.path("in/a.csv").unwrap();
    project.write("in/a.csv", "a,b\n1,2\n3,4\n");
    let error = content(&inputs[0]).unwrap_err();
    assert!(error.message.contains("changed while it was read"), "{error}");
}

#[test]
fn text_is_clean_whatever_the_chunks() {
    for (raw, expected) in [
        ("a\tb\r\nc", "a\tb\r\nc"),
        ("\u{1b}[2Kx\u{1b}[31;1my\u{1b}[0m", "xy"),
        ("\u{1b}]0;title\u{7}x\u{1b}]8;;http://x\u{1b}\\y", "xy"),
        ("a\0b\u{7f}c\u{8}d", "abcd"),
        ("a\u{85}b\u{9b}1mc\u{a0}d", "abc\u{a0}d"),
        ("\u{1b}(Bx\u{1b}Mz", "xz"),
        ("open \u{1b}]0;never\nnext", "open \nnext"),
        ("\u{1b}[12\nnext", "\nnext"),
        ("ä\u{1b}ö", "äö"),
    ] {
        assert_eq!(clean(raw), expected, "{raw:?}");
        let mut cleaner = super::clean::Cleaner::default();
        let mut out = String::new();
        raw.chars().for_each(|c| cleaner.push(&c.to_string(), &mut out));
        assert_eq!(out, expected, "{raw:?} by characters");
    }
}

#[test]
fn encodings_are_told_by_mark_pattern_and_validity() {
    let long = "naïve ünïcödé — ".repeat(20_000);
    let utf_16: Vec<u8> = "id;näme\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode("a;Größe\n");
    for (name, bytes, declared, encoding, expected, replaced) in [
        ("plain", long.as_bytes().to_vec(), None, "UTF-8", long.as_str(), 0),
        ("mark", b"\xef\xbb\xbfx".to_vec(), None, "UTF-8", "x", 0),
        ("UTF-16", utf_16.clone(), None, "UTF-16LE", "id;näme\n", 0),
        ("UTF-16 cut", utf_16[..5].to_vec(), None, "UTF-16LE", "id\u{fffd}", 1),
        ("code page", latin.to_vec(), Some("windows-1252"), "windows-1252", "a;Größe\n", 0),
        ("undeclared", b"Gr\xf6\xdfe".to_vec(), None, "UTF-8", "Gr\u{fffd}\u{fffd}e", 2),
        ("mark wins", b"\xef\xbb\xbf\xc3\xa4".to_vec(), Some("latin1"), "UTF-8", "ä", 0),
        ("UTF-8 beats it", long.as_bytes().to_vec(), Some("latin1"), "UTF-8", long.as_str(), 0),
        ("empty", Vec::new(), None, "UTF-8", "", 0),
    ] {
        let input = Input::from_bytes("x", bytes);
        let mut text = input.text(declared).unwrap();
        assert!(expected.starts_with(text.head().unwrap()), "{name}");
        let mut whole = String::new();
        while text.fill(&mut whole).unwrap() > 0 {}
        assert!(whole == expected, "{name}");
        assert_eq!((text.encoding(), text.replaced()), (encoding, replaced), "{name}");
    }
    let input = Input::from_bytes("x", b"a".to_vec());
    assert_eq!(input.text(Some("klingon")).unwrap_err().kind, ErrorKind::Config);
}

#[test]
fn an_unreadable_file_is_a_failing_store_and_not_bad_input() {
    let error = read_error(std::io::Error::from_raw_os_error(5), "in/a.csv");
    assert_eq!((error.kind, error.place.as_deref()), (ErrorKind::Storage, Some("in/a.csv")));
}
