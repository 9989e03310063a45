//! fixed and table.

use super::*;

const TABLE: &str = "format = \"table\"";

#[test]
fn df_is_read_with_blanks_in_mount_points() {
    let (items, facts) = read(TABLE, fixture!("storage/07b_df_PTk.stdout"));
    let names =
        ["Filesystem", "Type", "1024-blocks", "Used", "Available", "Capacity", "Mounted on"];
    assert_eq!(facts.header, names);
    assert_eq!(
        rows(&items),
        [
            "tmpfs|tmpfs|12342048|1052|12340996|1%|/dev/shm",
            "tmpfs|tmpfs|9216|0|9216|0%|/data/bac/small",
            "/dev/vda|ext4|264212084|35768420|59517468|38%|/mnt",
            "tmpfs|tmpfs|20480|0|20480|0%|/data/mnt/with space",
            "tmpfs|tmpfs|5120|5120|0|100%|/data/mnt/full",
        ]
    );
    let (items, facts) = read(TABLE, fixture!("storage/07c_df_h.stdout"));
    assert_eq!(facts.header[5], "Mounted on");
    assert_eq!(rows(&items)[3], "tmpfs|20M|0|20M|0%|/data/mnt/with space");
    let (items, _) = read(TABLE, fixture!("storage/01_df_posix.stdout"));
    assert_eq!(rows(&items)[0], "tmpfs|tmpfs|12638257152|1077248|12637179904|1%|/dev/shm");
}

#[test]
fn a_name_with_blanks_before_the_numbers_belongs_to_the_first_column() {
    let text = "\
Filesystem         1024-blocks Used Available Capacity Mounted on
/dev/vda               1000000  500    999500       1% /
//nas/Backup Share 3  20000000 1000  19999000       1% /mnt/share 2 old
";
    let (items, _) = read(TABLE, text);
    assert_eq!(rows(&items)[1], "//nas/Backup Share 3|20000000|1000|19999000|1%|/mnt/share 2 old");
}

#[test]
fn a_single_line_with_a_blank_needs_the_phrase_of_the_header() {
    let text = "\
Filesystem     1-blocks    Used Available Capacity Mounted on
tmpfs             20480       0     20480       0% /data/with space
";
    let (items, _) = read(&format!("{TABLE}\nphrases = [\"Mounted on\"]"), text);
    assert_eq!(rows(&items), ["tmpfs|20480|0|20480|0%|/data/with space"]);
}

#[test]
fn every_word_is_a_column_where_the_lines_have_as_many() {
    let text = "\
NAME    SIZE  ALLOC   FREE  CKPOINT  EXPANDSZ   FRAG    CAP  DEDUP    HEALTH  ALTROOT
tank   10.9T  4.20T  6.70T        -         -    12%    38%  1.00x    ONLINE  -
";
    let (items, _) = read(TABLE, text);
    assert_eq!(get(&items[0], "HEALTH"), "ONLINE");
    assert_eq!(get(&items[0], "ALTROOT"), "-");
}

#[test]
fn a_line_that_no_number_anchors_is_quarantined() {
    let text = "\
NAME    USED  AVAIL  MOUNTPOINT
tank      10     20  /tank
broken
pool x y z w
";
    let (items, _) = read(&format!("{TABLE}\nphrases = []"), text);
    assert_eq!(rows(&items).len(), 3);
    assert!(items[1..].iter().all(|item| fault(item) == Some(Fault::RaggedRow)));
    assert!(refusal(TABLE, "").message.contains("is empty"));
    assert!(read(TABLE, "NAME USED\n").0.is_empty());
}

#[test]
fn fixed_columns_are_counted_in_characters() {
    let options = "format = \"fixed\"\nheader = 1\nskip = ['^-']\n\
        layout = [{ name = \"host\", at = 1, width = 6 }, { name = \"size\", at = 8, width = 5 },\n\
        { name = \"note\", at = 14 }]";
    let text = "Host   Size  Note\n------ ----- ----\nbär     1024 all good here\nshort\n\n";
    let (items, facts) = read(options, text);
    assert_eq!(rows(&items), ["bär|1024|all good here", "short|<none>|<none>"]);
    assert_eq!((facts.header.len(), facts.skipped), (3, 2));
}
