//! The program behind a command line: words as a shell would split them, without the programs
//! that only start another one. It never runs anything.

/// Options of prefix programs that take the next word as their value.
const VALUED: [(&str, &[&str]); 8] = [
    ("sudo", &["-u", "-g", "-U", "-h"]),
    ("su", &["-s", "-g", "-G"]),
    ("runuser", &["-u", "-s", "-g"]),
    ("nice", &["-n"]),
    ("ionice", &["-c", "-n"]),
    ("timeout", &["-s", "-k"]),
    ("env", &["-u", "-C"]),
    ("chroot", &[]),
];

/// Words of a command line from the real program on.
#[must_use]
pub fn strip(command: &str, prefixes: &[String]) -> Vec<String> {
    let mut words = split(command);
    loop {
        let Some(first) = words.first() else { return words };
        let program = first.rsplit('/').next().unwrap_or(first).to_owned();
        if !prefixes.contains(&program) {
            return words;
        }
        words.remove(0);
        words = rest(&program, words);
    }
}

/// What a prefix program starts.
fn rest(program: &str, mut words: Vec<String>) -> Vec<String> {
    let valued = VALUED.iter().find(|(p, _)| *p == program).map_or(&[] as &[&str], |(_, o)| *o);
    // `su [-] [user] -c 'command'`: the command is one word, to be split again.
    if matches!(program, "su" | "runuser" | "sh" | "bash") {
        if let Some(at) = words.iter().position(|w| w == "-c") {
            return words.get(at + 1).map(|inner| split(inner)).unwrap_or_default();
        }
        if matches!(program, "sh" | "bash") {
            return words;
        }
    }
    while let Some(word) = words.first() {
        let is_option = word.starts_with('-');
        let is_assignment =
            program == "env" && word.split_once('=').is_some_and(|(name, _)| !name.contains('/'));
        let is_time = program == "timeout" && is_duration(word);
        if !is_option && !is_assignment && !is_time {
            break;
        }
        let takes_value = valued.contains(&word.as_str());
        words.remove(0);
        if takes_value && !words.is_empty() {
            words.remove(0);
        }
        if is_time {
            break;
        }
    }
    words
}

fn is_duration(word: &str) -> bool {
    let number = word.strip_suffix(['s', 'm', 'h', 'd']).unwrap_or(word);
    number.parse::<f64>().is_ok()
}

/// Words with single and double quotes and backslashes as in a POSIX shell; no expansion.
fn split(command: &str) -> Vec<String> {
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
            (None, c) if c.is_whitespace() => {
                if is_open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                is_open = false;
            }
            (None, c) => word.push(c),
        }
    }
    if is_open || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_with_their_options_and_values_are_skipped() {
        let prefixes =
            ["env", "timeout", "nice", "setpriv", "su", "sudo"].map(str::to_owned).to_vec();
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
            ("env", ""),
            ("", ""),
        ];
        for (command, want) in cases {
            assert_eq!(strip(command, &prefixes).join(" "), want, "{command}");
        }
    }
}
