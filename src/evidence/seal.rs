//! Signatures over a package: SSHSIG (OpenSSH), so that `ssh-keygen -Y verify` checks them too.
//! The private key is read by the caller, used here and never kept.

use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

use crate::error::{Error, Result};

/// Namespace of the signatures, so that none made for another purpose passes.
pub const NAMESPACE: &str = "tapeline-evidence";

/// A signature and who made it.
#[derive(Debug, Clone)]
pub struct Signature {
    /// The armoured signature.
    pub text: String,
    /// Fingerprint of the key, `SHA256:...`.
    pub fingerprint: String,
    /// The public key as an allowed-signers file wants it, `ssh-ed25519 AAAA...`.
    pub public_key: String,
}

/// Signs a text with an OpenSSH private key.
///
/// # Errors
/// When the key is no unencrypted OpenSSH Ed25519 private key.
pub fn sign(text: &[u8], private_key: &str) -> Result<Signature> {
    let wrong = |e: ssh_key::Error| {
        Error::config(format!("the signing key cannot be used: {e}"))
            .hint("make one with `ssh-keygen -t ed25519 -N '' -f KEY`")
    };
    let key = PrivateKey::from_openssh(private_key).map_err(wrong)?;
    let signature = key.sign(NAMESPACE, HashAlg::Sha512, text).map_err(wrong)?;
    let public = PublicKey::new(key.public_key().key_data().clone(), "");
    Ok(Signature {
        text: signature.to_pem(LineEnding::LF).map_err(wrong)?,
        fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
        public_key: public.to_openssh().map_err(wrong)?,
    })
}

/// Checks that a signature is of this text; gives the fingerprint of the key that made it. Whose
/// key that is, it does not say.
///
/// # Errors
/// When the signature is damaged, of another text, or made for another purpose.
pub fn check(text: &[u8], signature: &str) -> Result<String> {
    let key = verified(text, signature)?;
    Ok(key.fingerprint(HashAlg::Sha256).to_string())
}

/// As [`check`], and the key must be in an allowed-signers file; gives the signer's name there and
/// the fingerprint.
///
/// # Errors
/// As [`check`]; when no line allows the key; when a line has an option that is not judged here.
pub fn check_allowed(
    text: &[u8],
    signature: &str,
    allowed_signers: &str,
) -> Result<(String, String)> {
    let key = verified(text, signature)?;
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    for (number, line) in (1..).zip(allowed_signers.lines()) {
        let place = format!("allowed signers:{number}");
        if let Some(signer) = Signer::parse(line).map_err(|e| e.at(&place))?
            && signer.key.key_data() == key.key_data()
            && signer.allows(NAMESPACE).map_err(|e| e.at(&place))?
        {
            return Ok((signer.name, fingerprint));
        }
    }
    Err(Error::verification(format!(
        "the package is signed by a key that is not an allowed signer ({fingerprint})"
    ))
    .hint("add the signer's public key to the file given with --allowed-signers"))
}

fn verified(text: &[u8], signature: &str) -> Result<PublicKey> {
    let signature = SshSig::from_pem(signature).map_err(|e| {
        Error::verification(format!("the signature cannot be read: {e}"))
            .hint("take the .sig file that came with the package")
    })?;
    if signature.algorithm() != Algorithm::Ed25519 {
        let kind = signature.algorithm();
        return Err(Error::verification(format!("a signature by a key of type {kind}"))
            .hint("check it with `ssh-keygen -Y verify`; only Ed25519 is judged here"));
    }
    let key = PublicKey::new(signature.public_key().clone(), "");
    key.verify(NAMESPACE, text, &signature).map_err(|_| {
        Error::verification("the signature is of another content, or made for another purpose")
            .hint("the package was changed after it was signed; ask for the original")
    })?;
    Ok(key)
}

/// A line of an allowed-signers file (ssh-keygen(1), ALLOWED SIGNERS):
/// `names [options] type base64 [comment]`.
struct Signer {
    name: String,
    options: Vec<String>,
    key: PublicKey,
}

impl Signer {
    /// None for an empty line and a comment.
    fn parse(line: &str) -> Result<Option<Self>> {
        let wrong = || {
            Error::config("is not a line of an allowed-signers file")
                .hint("write `name@example.org ssh-ed25519 AAAA...`")
        };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        let (name, rest) = line.split_once(char::is_whitespace).ok_or_else(wrong)?;
        let rest = rest.trim_start();
        let (options, key) = match PublicKey::from_openssh(rest) {
            Ok(key) => (Vec::new(), key),
            Err(_) => {
                let (options, key) = split_unquoted(rest, char::is_whitespace);
                let key = PublicKey::from_openssh(key.trim_start()).map_err(|_| wrong())?;
                (list(options), key)
            }
        };
        Ok(Some(Signer { name: name.trim_matches('"').to_owned(), options, key }))
    }

    /// Whether the options let this key sign for a purpose.
    fn allows(&self, namespace: &str) -> Result<bool> {
        let mut is_allowed = true;
        for option in &self.options {
            match option.split_once('=') {
                Some((name, value))
                    if name.eq_ignore_ascii_case("namespaces")
                        && !value.contains(['*', '?', '!']) =>
                {
                    is_allowed &= value.trim_matches('"').split(',').any(|n| n == namespace);
                }
                _ => {
                    return Err(Error::config(format!("the option `{option}` is not judged here"))
                        .hint("check the signature with `ssh-keygen -Y verify`, which knows it"));
                }
            }
        }
        Ok(is_allowed)
    }
}

/// Options between commas that stand outside quotes.
fn list(mut text: &str) -> Vec<String> {
    let mut options = Vec::new();
    while !text.is_empty() {
        let (option, rest) = split_unquoted(text, |c| c == ',');
        options.push(option.to_owned());
        text = rest;
    }
    options
}

/// Text before and after the first separator outside quotes.
fn split_unquoted(text: &str, is_separator: impl Fn(char) -> bool) -> (&str, &str) {
    let mut is_quoted = false;
    for (at, c) in text.char_indices() {
        if c == '"' {
            is_quoted = !is_quoted;
        } else if is_separator(c) && !is_quoted {
            let (before, after) = text.split_at(at);
            return (before, after.strip_prefix(c).unwrap_or(after));
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssh_key::private::{Ed25519Keypair, KeypairData};

    /// A private key that is no secret, in OpenSSH's form.
    fn private_key(seed: u8) -> String {
        let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&[seed; 32]));
        PrivateKey::new(pair, "test").unwrap().to_openssh(LineEnding::LF).unwrap().to_string()
    }

    #[test]
    fn a_signature_holds_for_its_text_and_tells_its_key() {
        let made = sign(b"text", &private_key(7)).unwrap();
        assert_eq!(check(b"text", &made.text).unwrap(), made.fingerprint);
        assert!(made.fingerprint.starts_with("SHA256:"));
        assert!(check(b"texT", &made.text).unwrap_err().message.contains("another content"));
        assert!(check(b"text", "no signature").is_err());
    }

    #[test]
    fn only_a_listed_key_with_fitting_options_is_an_allowed_signer() {
        let made = sign(b"text", &private_key(7)).unwrap();
        let other = sign(b"text", &private_key(8)).unwrap().public_key;
        let (key, name) = (&made.public_key, "auditor@example.org");
        let by = |allowed: &str| check_allowed(b"text", &made.text, allowed);
        for allowed in [
            format!("# who\n\n{name} {key} a comment\n"),
            format!("{name}   namespaces=\"file,tapeline-evidence\" {key}"),
            format!("someone {other}\n{name} {key}"),
            format!("{name} namespaces=\"git\" {key}\n{name} {key}"),
        ] {
            assert_eq!(by(&allowed).unwrap().0, name, "{allowed}");
        }
        for allowed in [
            String::new(),
            format!("{name} {other}"),
            format!("{name} namespaces=\"git\" {key}"),
            format!("{name} namespaces=\"tapeline\" {key}"),
        ] {
            let error = by(&allowed).unwrap_err();
            assert!(error.message.contains("not an allowed signer"), "{allowed}: {error}");
        }
        for allowed in [
            format!("{name} namespaces=\"tape*\" {key}"),
            format!("{name} valid-before=\"20200101\" {key}"),
            format!("{name} cert-authority,namespaces=\"tapeline-evidence\" {key}"),
            format!("{name} ssh-ed25519 broken"),
            name.to_owned(),
        ] {
            let error = by(&allowed).unwrap_err();
            assert_eq!(error.place.as_deref(), Some("allowed signers:1"), "{allowed}");
        }
    }

    #[test]
    fn a_broken_key_is_refused_with_the_way_out() {
        let error = sign(b"text", "no key").unwrap_err();
        assert!(error.hint.unwrap().contains("ssh-keygen"));
    }
}
