//! The program behind a command line: words as a shell would split them, without the programs
//! that only start another one. It never runs anything.

/// Options of prefix programs that take the next word as their value.
const VALUED: [(&str, &[&str]); 13] = [
    ("sudo", &["-u", "-g", "-U", "-h"]),
    ("doas", &["-u", "-C"]),
    ("time", &["-f", "-o"]),
    ("flock", &["-w", "-E"]),
    ("stdbuf", &["-i", "-o", "-e"]),
    ("setpriv", &["--reuid", "--regid", "--groups"]),
    ("su", &["-s", "-g", "-G"]),
    ("runuser", &["-u", "-s", "-g"]),
    ("nice", &["-n"]),
    ("ionice", &["-c", "-n"]),
    ("timeout", &["-s", "-k"]),
    ("env", &["-u", "-C"]),
    ("chroot", &[]),
];

/// The programs of a command line, each with its words: one, or the parts of a pipeline or list.
#[must_use]
pub fn programs(command: &str, prefixes: &[String]) -> Vec<Vec<String>> {
    let inner = |part: Vec<String>| match strip(part, prefixes) {
        // A shell's one word may be a list of commands itself.
        (words, Some(script)) if words.is_empty() => programs(&script, prefixes),
        (words, _) => vec![words],
    };
    split(command).into_iter().flat_map(inner).filter(|words| !words.is_empty()).collect()
}

/// Words from the real program on, or the script that a shell is given.
fn strip(mut words: Vec<String>, prefixes: &[String]) -> (Vec<String>, Option<String>) {
    loop {
        let Some(first) = words.first() else { return (words, None) };
        let program = first.rsplit('/').next().unwrap_or(first).to_owned();
        if !prefixes.contains(&program) {
            return (words, None);
        }
        words.remove(0);
        match rest(&program, words) {
            Rest::Words(rest) => words = rest,
            Rest::Script(script) => return (Vec::new(), Some(script)),
        }
    }
}

/// What a prefix program starts.
enum Rest {
    Words(Vec<String>),
    Script(String),
}

fn rest(program: &str, mut words: Vec<String>) -> Rest {
    let valued = VALUED.iter().find(|(p, _)| *p == program).map_or(&[] as &[&str], |(_, o)| *o);
    // `su [-] [user] -c 'command'`, `bash -lc 'command'`: one word, to be split again.
    let is_shell = matches!(program, "sh" | "bash");
    if is_shell || program == "su" {
        let is_script = |w: &String| w.starts_with('-') && !w.starts_with("--") && w.ends_with('c');
        let reach = words.iter().take_while(|w| !is_shell || w.starts_with('-')).count();
        if let Some(at) = words.iter().take(reach).position(is_script) {
            return Rest::Script(words.get(at + 1).cloned().unwrap_or_default());
        }
        if is_shell {
            return Rest::Words(words);
        }
    }
    // What stands before the command: the time of `timeout`, the lock file of `flock`.
    let mut places = usize::from(matches!(program, "timeout" | "flock" | "chroot"));
    while let Some(word) = words.first() {
        let is_option = word.starts_with('-');
        let is_assignment = matches!(program, "env" | "sudo" | "doas") && is_assignment(word);
        if !is_option && !is_assignment {
            if places == 0 {
                break;
            }
            places -= 1;
        }
        let takes_value = is_option && valued.contains(&word.as_str());
        words.remove(0);
        if takes_value && !words.is_empty() {
            words.remove(0);
        }
    }
    Rest::Words(words)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Words with single and double quotes and backslashes as in a POSIX shell; no expansion. The
/// parts of a pipeline or list (`|`, `;`, `&`) are apart; assignments before a program are none of
/// its words.
fn split(command: &str) -> Vec<Vec<String>> {
    let mut parts = Vec::new();
    let mut words = Vec::new();
    let mut word = String::new();
    let mut is_open = false;
    let mut quote = None;
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some('"') | None, '\\') => {
                word.extend(chars.next());
                is_open = true;
            }
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                is_open = true;
            }
            (None, c) if c.is_whitespace() || matches!(c, '|' | ';' | '&' | '(' | ')') => {
                let is_leading = words.is_empty() && !is_open && is_assignment(&word);
                if (is_open || !word.is_empty()) && !is_leading {
                    words.push(std::mem::take(&mut word));
                }
                word.clear();
                is_open = false;
                if !c.is_whitespace() {
                    parts.push(std::mem::take(&mut words));
                }
            }
            (None, c) => word.push(c),
        }
    }
    if is_open || !word.is_empty() {
        words.push(word);
    }
    parts.push(words);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_with_their_options_and_values_are_skipped() {
        let prefixes = [
            "env", "timeout", "nice", "setpriv", "su", "sudo", "bash", "flock", "nohup", "chronic",
        ];
        let prefixes = prefixes.map(str::to_owned).to_vec();
        let cases = [
            ("restic backup --json /x", "restic backup --json /x"),
            ("timeout 25 env RESTIC_REPOSITORY=rest:http://h/ restic backup", "restic backup"),
            ("setpriv --reuid=65534 --clear-groups env A=b restic backup", "restic backup"),
            (
                "timeout -k 5 40s restic -r sftp://u@h//srv backup",
                "restic -r sftp://u@h//srv backup",
            ),
            ("nice -n 19 /usr/bin/borg create", "/usr/bin/borg create"),
            ("sudo -u postgres pgbackrest --stanza=main backup", "pgbackrest --stanza=main backup"),
            ("su - postgres -c 'pgbackrest \"a b\" backup'", "pgbackrest a b backup"),
            ("bash -lc 'BORG_REPO=/r borg create ::a /x'", "borg create ::a /x"),
            ("bash run.sh -c x", "run.sh -c x"),
            ("flock /l borgmatic -c /e.yaml create", "borgmatic -c /e.yaml create"),
            ("BORG_REPO=/r borg create", "borg create"),
            ("flock -n -w 5 /run/b.lock chronic restic backup /x", "restic backup /x"),
            ("pg_dump 'a|b' | restic backup --stdin", "pg_dump a|b; restic backup --stdin"),
            ("cd /x && (borg create ::a .; borg prune)", "cd /x; borg create ::a .; borg prune"),
            ("env", ""),
            ("", ""),
        ];
        for (command, want) in cases {
            let found: Vec<String> =
                programs(command, &prefixes).iter().map(|words| words.join(" ")).collect();
            assert_eq!(found.join("; "), want, "{command}");
        }
    }
}
