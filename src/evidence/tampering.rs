//! Whatever is done to a package, verification finds it and names the member: bits, bytes, members,
//! the zip's directory. Only the order of members is free. (A package rebuilt with all its manifests
//! has another digest; that is what signatures are for.)

use std::ops::Range;

use proptest::prelude::*;

use super::archive::{write, write_as_given};
use super::bag::{self, Members, SEALED, pack};
use super::verify::verify;

const FOLDER: &str = "evidence";

fn payload() -> Members {
    Members::from([
        ("a.csv".to_owned(), b"k,n\n1,2\n".to_vec()),
        ("b/c d%.json".to_owned(), b"{\"x\": 1}\n".to_vec()),
    ])
}

fn package(payload: Members) -> (Vec<u8>, Members) {
    let bag = pack(FOLDER, payload, vec![("Period".into(), "2026Q3".into())]).unwrap();
    let members = verify(&bag.zip).unwrap().members;
    (bag.zip, members)
}

/// Everything that verification says, or nothing when it accepts.
fn said(zip: &[u8]) -> Option<String> {
    verify(zip).err().map(|e| e.to_string())
}

fn said_of(members: &Members) -> Option<String> {
    said(&write(FOLDER, members).unwrap())
}

/// Where each member's own header and bytes, and its entry in the directory, lie in the zip.
fn places(members: &Members) -> Vec<(String, Range<usize>, Range<usize>)> {
    let name_bytes = |path: &String| FOLDER.len() + 1 + path.len();
    let mut at = 0;
    let mut found: Vec<(String, Range<usize>, Range<usize>)> = Vec::new();
    for (path, bytes) in members {
        let to = at + 30 + name_bytes(path) + bytes.len();
        found.push((path.clone(), at..to, 0..0));
        at = to;
    }
    for (path, _, entry) in &mut found {
        *entry = at..at + 46 + name_bytes(path);
        at = entry.end;
    }
    found
}

#[test]
fn a_whole_package_verifies_and_gives_its_digest() {
    let (zip, members) = package(payload());
    let verified = verify(&zip).unwrap();
    assert_eq!(verified.digest, bag::sha256_hex(&members[SEALED]));
    assert_eq!(verified.info["Period"], "2026Q3");
}

#[test]
fn every_flipped_bit_of_the_file_is_found_and_its_member_named() {
    let (zip, members) = package(payload());
    let places = places(&members);
    for at in 0..zip.len() {
        let hit = places.iter().find(|(_, own, entry)| own.contains(&at) || entry.contains(&at));
        let name = hit.map_or("the end of the archive", |(path, ..)| path);
        for bit in 0..8 {
            let mut changed = zip.clone();
            changed[at] ^= 1 << bit;
            let said = said(&changed).unwrap_or_else(|| panic!("byte {at} bit {bit} passed"));
            let names_it = said.contains(name) || said.contains("the archive's directory");
            assert!(names_it, "byte {at} bit {bit} of {name}: {said}");
        }
    }
}

#[test]
fn a_flipped_bit_in_any_byte_of_any_member_is_found() {
    // With the archive written anew around it, so that the manifests alone must find it.
    let (_, members) = package(payload());
    for (path, bytes) in &members {
        for at in 0..bytes.len() {
            let mut changed = members.clone();
            changed.get_mut(path).unwrap()[at] ^= 1 << (at % 8);
            let said = said_of(&changed).unwrap_or_else(|| panic!("{path} byte {at} passed"));
            assert!(said.contains(path.as_str()), "{path} byte {at}: {said}");
        }
    }
}

#[test]
fn a_member_removed_renamed_added_swapped_or_cut_is_found() {
    let (_, members) = package(payload());
    let must_name = |members: &Members, path: &str, what: &str| {
        let said = said_of(members).unwrap_or_else(|| panic!("{path} {what} passed"));
        assert!(said.contains(path), "{path} {what}: {said}");
    };
    for path in members.keys() {
        let mut removed = members.clone();
        let bytes = removed.remove(path).unwrap();
        must_name(&removed, path, "removed");
        let mut renamed = removed;
        renamed.insert(format!("{path}x"), bytes);
        must_name(&renamed, path, "renamed");
        let mut cut = members.clone();
        cut.get_mut(path).unwrap().pop();
        must_name(&cut, path, "cut");
        let mut longer = members.clone();
        longer.get_mut(path).unwrap().push(b'\n');
        must_name(&longer, path, "longer");
    }
    for extra in ["data/x", "x", "tagmanifest-md5.txt"] {
        let mut added = members.clone();
        added.insert(extra.to_owned(), b"x".to_vec());
        must_name(&added, extra, "added");
    }
    let mut swapped = members.clone();
    swapped.insert("data/a.csv".into(), members["data/b/c d%.json"].clone());
    swapped.insert("data/b/c d%.json".into(), members["data/a.csv"].clone());
    must_name(&swapped, "data/a.csv", "swapped");
    must_name(&swapped, "data/b/c d%.json", "swapped");
}

#[test]
fn lines_of_a_manifest_in_another_order_or_spelling_are_found() {
    let (_, members) = package(payload());
    let second = "tagmanifest-sha512.txt";
    let text = String::from_utf8(members[second].clone()).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.reverse();
    for other in [lines.join("\n") + "\n", text.to_uppercase(), text.replace('\n', "\r\n")] {
        let mut changed = members.clone();
        changed.insert(second.to_owned(), other.into_bytes());
        assert!(said_of(&changed).is_some_and(|s| s.contains(second)));
    }
}

#[test]
fn a_comment_bytes_around_and_members_twice_are_found() {
    let (zip, members) = package(payload());
    let mut commented = zip.clone();
    let at = commented.len() - 2;
    commented[at] = 3;
    commented.extend(b"abc");
    assert!(said(&commented).unwrap().contains("the end of the archive"));
    for (what, bytes) in [
        ("after", [zip.as_slice(), b"x"].concat()),
        ("before", [b"x".as_slice(), &zip].concat()),
        ("a second archive after", [zip.as_slice(), &zip].concat()),
    ] {
        assert!(said(&bytes).is_some(), "{what}");
    }
    let named = |path: &str| (format!("{FOLDER}/{path}"), members[path].as_slice());
    let mut all: Vec<(String, &[u8])> = members.keys().map(|path| named(path)).collect();
    all.push((format!("{FOLDER}/data/a.csv"), b"another"));
    let twice = write_as_given(&all).unwrap();
    assert!(said(&twice).unwrap().contains("evidence/data/a.csv: occurs twice"));
    all.pop();
    all.push(("other/data/a.csv".to_owned(), b"outside"));
    assert!(said(&write_as_given(&all).unwrap()).unwrap().contains("outside the package's folder"));
}

#[test]
fn a_cut_zip_and_names_that_leave_the_folder_are_refused() {
    let (zip, members) = package(payload());
    for cut in 0..zip.len() {
        assert!(said(&zip[..cut]).is_some(), "cut at {cut}");
    }
    for name in ["../x", "data/../../x", "/x", "a\\b"] {
        let mut bad = members.clone();
        bad.insert(name.to_owned(), b"x".to_vec());
        assert!(said_of(&bad).unwrap().contains(name), "{name}");
    }
}

/// What is done to one member.
#[derive(Debug, Clone)]
enum Change {
    Flip { at: prop::sample::Index, bit: u8 },
    Cut(prop::sample::Index),
    Insert { at: prop::sample::Index, byte: u8 },
    Remove,
    Rename(String),
    SwapWith(prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (index(), 0..8_u8).prop_map(|(at, bit)| Change::Flip { at, bit }),
        index().prop_map(Change::Cut),
        (index(), any::<u8>()).prop_map(|(at, byte)| Change::Insert { at, byte }),
        Just(Change::Remove),
        "[a-z]{1,3}".prop_map(Change::Rename),
        index().prop_map(Change::SwapWith),
    ]
}

fn payloads() -> impl Strategy<Value = Members> {
    let name = "[a-zé %\n]{1,6}(/[a-z.]{1,4})?".prop_filter("a plain path", |name| {
        name.split('/').all(|part| part != "." && part != "..")
    });
    prop::collection::btree_map(name, prop::collection::vec(any::<u8>(), 0..40), 1..6)
}

/// The members after a change, when it changes anything.
fn changed(members: &Members, path: &str, change: &Change) -> Option<Members> {
    let mut new = members.clone();
    let old = members[path].clone();
    let mut bytes = old.clone();
    match change {
        Change::Remove => {
            new.remove(path);
            return Some(new);
        }
        Change::Rename(suffix) => {
            new.remove(path);
            new.insert(format!("{path}{suffix}"), old);
            return Some(new);
        }
        Change::SwapWith(at) => {
            let other = at.get(&members.keys().collect::<Vec<_>>()).to_string();
            new.insert(path.to_owned(), members[&other].clone());
            new.insert(other, old);
            return (new != *members).then_some(new);
        }
        Change::Insert { at, byte } => bytes.insert(at.index(old.len() + 1), *byte),
        Change::Flip { .. } | Change::Cut(_) if old.is_empty() => return None,
        Change::Flip { at, bit } => bytes[at.index(old.len())] ^= 1 << bit,
        Change::Cut(at) => bytes.truncate(at.index(old.len())),
    }
    new.insert(path.to_owned(), bytes);
    Some(new)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_change_of_any_member_is_found_and_named(
        payload in payloads(),
        which in any::<prop::sample::Index>(),
        change in change(),
    ) {
        let (_, members) = package(payload);
        let path = which.get(&members.keys().collect::<Vec<_>>()).to_string();
        if let Some(changed) = changed(&members, &path, &change) {
            let said = said_of(&changed);
            prop_assert!(said.is_some(), "{path:?} {change:?} passed");
            prop_assert!(said.unwrap().contains(&path), "{path:?} {change:?} is not named");
        }
    }

    #[test]
    fn any_bytes_in_place_of_others_are_found(
        payload in payloads(),
        from in any::<prop::sample::Index>(),
        length in 0..60_usize,
        new in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let (zip, _) = package(payload);
        let from = from.index(zip.len() + 1);
        let to = (from + length).min(zip.len());
        let mut changed = zip.clone();
        changed.splice(from..to, new);
        prop_assert!(changed == zip || said(&changed).is_some());
    }

    #[test]
    fn another_order_of_the_members_is_no_change(
        order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let (zip, members) = package(payload());
        let all: Vec<(&String, &Vec<u8>)> = members.iter().collect();
        let named: Vec<(String, &[u8])> = order
            .iter()
            .map(|at| (format!("{FOLDER}/{}", all[*at].0), all[*at].1.as_slice()))
            .collect();
        let again = verify(&write_as_given(&named).unwrap()).unwrap();
        prop_assert_eq!(again.digest, verify(&zip).unwrap().digest);
    }
}
