//! Signatures: what Tapeline signs OpenSSH accepts, and the other way round.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{PACKAGE, make_package, member, skipped, small_project};
use crate::program::{tapeline, text};

const SIGNATURE: &str = "reports/2026Q3/evidence-2026Q3-nist-800-53.sig";
const SEALED: &str = "/tagmanifest-sha256.txt";
const SIGNER: &str = "backup@example.org";

/// Runs ssh-keygen in a folder with a text on its standard input.
fn ssh_keygen(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new("ssh-keygen")
        .current_dir(folder)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A refused command may close its input before it has read it.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn has_ssh_keygen() -> bool {
    let found = Command::new("ssh-keygen").arg("-?").output().is_ok();
    if !found {
        skipped("ssh-keygen (openssh-client)");
    }
    found
}

fn new_key(folder: &Path, name: &str) {
    let made = ssh_keygen(folder, &["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", name], b"");
    assert!(made.status.success(), "{}", text(&made));
}

/// Adds `[sealing]` to the project's configuration.
fn seal_with(project: &Path, key: &str) {
    let config = project.join("tapeline.toml");
    let old = std::fs::read_to_string(&config).unwrap();
    let sealing = format!("[sealing]\nsigning_key = \"{key}\"\nsigner = \"{SIGNER}\"\n");
    std::fs::write(&config, format!("{old}{sealing}")).unwrap();
}

fn openssh_verifies(project: &Path, namespace: &str, sealed: &[u8]) -> Output {
    let args = ["-Y", "verify", "-n", namespace, "-f", "allowed", "-I", SIGNER, "-s", SIGNATURE];
    ssh_keygen(project, &args, sealed)
}

#[test]
fn openssh_accepts_what_tapeline_signed_and_refuses_anything_else() {
    if !has_ssh_keygen() {
        return;
    }
    let project = small_project();
    let dir = project.path();
    new_key(dir, "key");
    seal_with(dir, "key");
    let said = make_package(dir);
    let line = said.lines().find_map(|l| l.strip_prefix("allowed-signers line for auditors: "));
    std::fs::write(dir.join("allowed"), format!("{}\n", line.unwrap())).unwrap();
    let zip = std::fs::read(dir.join(PACKAGE)).unwrap();
    let sealed = member(&zip, SEALED);

    let good = openssh_verifies(dir, "tapeline-evidence", &sealed);
    assert!(good.status.success(), "{}", text(&good));
    let mut changed = sealed.clone();
    changed[0] ^= 1;
    let bad = openssh_verifies(dir, "tapeline-evidence", &changed);
    assert!(!bad.status.success(), "{}", text(&bad));
    let other = openssh_verifies(dir, "git", &sealed);
    assert!(!other.status.success(), "{}", text(&other));

    let secret = std::fs::read_to_string(dir.join("key")).unwrap();
    let secret = secret.lines().nth(2).unwrap();
    assert!(secret.len() > 40 && !said.contains(secret));
    assert!(!zip.windows(secret.len()).any(|w| w == secret.as_bytes()), "the key stays at home");
}

#[test]
fn verify_says_by_whom_a_package_is_signed() {
    if !has_ssh_keygen() {
        return;
    }
    let project = small_project();
    let dir = project.path();
    make_package(dir);
    new_key(dir, "key");
    new_key(dir, "stranger");
    let public = |name: &str| std::fs::read_to_string(dir.join(format!("{name}.pub"))).unwrap();
    std::fs::write(dir.join("allowed"), format!("{SIGNER} {}", public("key"))).unwrap();
    std::fs::write(dir.join("strangers"), format!("{SIGNER} {}", public("stranger"))).unwrap();
    let print = text(&ssh_keygen(dir, &["-l", "-f", "key.pub"], b""));
    let print = print.split_whitespace().nth(1).unwrap();

    // Signed by OpenSSH, not by us.
    std::fs::write(dir.join("sealed"), member(&std::fs::read(dir.join(PACKAGE)).unwrap(), SEALED))
        .unwrap();
    let args = ["-q", "-Y", "sign", "-n", "tapeline-evidence", "-f", "key", "sealed"];
    let signed = ssh_keygen(dir, &args, b"");
    assert!(signed.status.success(), "{}", text(&signed));
    std::fs::copy(dir.join("sealed.sig"), dir.join(SIGNATURE)).unwrap();

    let known = tapeline(dir, &["verify", PACKAGE, "--allowed-signers", "allowed"]);
    assert!(known.status.success(), "{}", text(&known));
    let want = format!("signed by {SIGNER} with the key {print}");
    assert!(text(&known).contains(&want), "{want}: {}", text(&known));
    let unknown = tapeline(dir, &["verify", PACKAGE]);
    assert!(unknown.status.success(), "{}", text(&unknown));
    let want = format!("signed with the key {print}; whose it is was not checked");
    assert!(text(&unknown).contains(&want), "{want}: {}", text(&unknown));
    let stranger = tapeline(dir, &["verify", PACKAGE, "--allowed-signers", "strangers"]);
    assert_eq!(stranger.status.code(), Some(5), "{}", text(&stranger));

    // A whole and valid package, but not the one that was signed: by name or not, it is refused.
    let other = tapeline(dir, &["evidence", "--framework", "nist-800-53", "--period", "2026Q2"]);
    assert!(other.status.code() < Some(2), "{}", text(&other));
    std::fs::copy(dir.join(PACKAGE.replace("2026Q3", "2026Q2")), dir.join(PACKAGE)).unwrap();
    for allowed in [&[][..], &["--allowed-signers", "allowed"]] {
        let args = [&["verify", PACKAGE], allowed].concat();
        let refused = tapeline(dir, &args);
        assert_eq!(refused.status.code(), Some(5), "{}", text(&refused));
        assert!(text(&refused).contains("of another content"), "{}", text(&refused));
    }
}

#[test]
fn an_unsigned_package_is_called_so_with_the_way_to_sign() {
    let project = small_project();
    let said = make_package(project.path());
    assert!(said.contains("warning: the package is not signed"), "{said}");
    assert!(said.contains("hint: make a key with `ssh-keygen -t ed25519"), "{said}");
    let verified = tapeline(project.path(), &["verify", PACKAGE]);
    assert!(verified.status.success(), "{}", text(&verified));
    assert!(text(&verified).contains("warning: unsigned"), "{}", text(&verified));
    std::fs::write(project.path().join("allowed"), "").unwrap();
    let args = ["verify", PACKAGE, "--allowed-signers", "allowed"];
    let refused = tapeline(project.path(), &args);
    assert_eq!(refused.status.code(), Some(5), "{}", text(&refused));
}
