//! Signatures over a package: SSHSIG (OpenSSH), so that `ssh-keygen -Y verify` checks them too.
//! The private key is read by the caller, used here and never kept.

use ssh_key::{HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

use crate::error::{Error, Result};

/// Namespace of the signatures, so that none made for another purpose passes.
pub const NAMESPACE: &str = "tapeline-evidence";

/// Signs a text with an OpenSSH private key; gives the armoured signature.
///
/// # Errors
/// When the key is no unencrypted OpenSSH Ed25519 private key.
pub fn sign(text: &[u8], private_key: &str) -> Result<String> {
    let wrong = |e: ssh_key::Error| {
        Error::config(format!("the signing key cannot be used: {e}"))
            .hint("make one with `ssh-keygen -t ed25519 -N '' -f KEY`")
    };
    let key = PrivateKey::from_openssh(private_key).map_err(wrong)?;
    let signature = key.sign(NAMESPACE, HashAlg::Sha512, text).map_err(wrong)?;
    signature.to_pem(LineEnding::LF).map_err(wrong)
}

/// Checks a signature against the allowed signers; gives the name of the one who signed.
///
/// # Errors
/// When the signature is damaged, of another text, or by a key that is not listed.
pub fn check(text: &[u8], signature: &str, allowed_signers: &str) -> Result<String> {
    let damaged = |e: ssh_key::Error| {
        Error::verification(format!("the signature cannot be read: {e}"))
            .hint("take the .sig file that came with the package")
    };
    let signature = SshSig::from_pem(signature).map_err(damaged)?;
    for (signer, key) in signers(allowed_signers)? {
        if key.key_data() == signature.public_key() {
            return match key.verify(NAMESPACE, text, &signature) {
                Ok(()) => Ok(signer),
                Err(_) => Err(Error::verification("the signature is of another content")
                    .hint("the package was changed after it was signed; ask for the original")),
            };
        }
    }
    Err(Error::verification("the package is signed by a key that is not an allowed signer")
        .hint("add the signer's public key to the file given with --allowed-signers"))
}

/// Lines of an OpenSSH allowed-signers file: `names [options] type base64 [comment]`.
fn signers(text: &str) -> Result<Vec<(String, PublicKey)>> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = || {
            Error::config("is not a line of an allowed-signers file")
                .at(format!("allowed signers:{}", number + 1))
                .hint("write `name@example.org ssh-ed25519 AAAA...`")
        };
        let (names, rest) = line.split_once(char::is_whitespace).ok_or_else(wrong)?;
        let at = rest.find("ssh-").or_else(|| rest.find("ecdsa-")).ok_or_else(wrong)?;
        let key = rest.get(at..).unwrap_or_default();
        found.push((names.to_owned(), PublicKey::from_openssh(key).map_err(|_| wrong())?));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = include_str!("../../tests/fixtures/keys/test_ed25519");
    const PUBLIC: &str = include_str!("../../tests/fixtures/keys/test_ed25519.pub");

    #[test]
    fn a_signature_holds_for_its_text_and_signer_only() {
        let signature = sign(b"text", KEY).unwrap();
        let allowed = format!("# who\nauditor@example.org namespaces=\"x\" {PUBLIC}\n");
        assert_eq!(check(b"text", &signature, &allowed).unwrap(), "auditor@example.org");
        assert!(check(b"texT", &signature, &allowed).unwrap_err().message.contains("another"));
        assert!(check(b"text", &signature, "").unwrap_err().message.contains("not an allowed"));
    }

    #[test]
    fn a_broken_key_is_refused_with_the_way_out() {
        let error = sign(b"text", "no key").unwrap_err();
        assert!(error.hint.unwrap().contains("ssh-keygen"));
    }
}
