//! csv and tsv.

use super::*;

const CSV: &str = "format = \"csv\"";

#[test]
fn the_catalog_of_bacula_is_read_whole() {
    let (jobs, facts) = read(CSV, fixture!("bacula/catalog_job.csv"));
    assert_eq!((jobs.len(), facts.records, facts.bad, facts.header.len()), (31, 31, 0, 39));
    assert_eq!(get(&jobs[0], "name"), "erp-db01-daily");
    assert_eq!(get(&jobs[21], "jobstatus"), "A");
    assert!(facts.ends_with_newline && facts.replaced == 0 && facts.encoding == "UTF-8");
    assert!(record(&jobs[0]).raw.starts_with("10,erp-db01-daily.2026-11-22_16.17.00_26,"));

    let (log, facts) = read(CSV, fixture!("bacula/catalog_log.csv"));
    assert_eq!((log.len(), facts.bad), (424, 0));
    let longest = log.iter().map(|item| get(item, "logtext").split('\n').count()).max();
    assert_eq!(longest, Some(36));
}

#[test]
fn the_same_records_come_out_as_from_the_csv_crate() {
    let bytes = fixture!("bacula/catalog_log.csv");
    let mut oracle = ::csv::ReaderBuilder::new().has_headers(true).from_reader(bytes);
    let (items, facts) = read(CSV, bytes);
    assert_eq!(oracle.headers().unwrap().iter().collect::<Vec<_>>(), facts.header);
    let expected: Vec<String> =
        oracle.records().map(|r| r.unwrap().iter().collect::<Vec<_>>().join("|")).collect();
    assert_eq!(rows(&items), expected);
}

#[test]
fn odd_quoting_means_the_same_as_in_the_csv_crate() {
    for line in [
        "a,b,c",
        "\"a\",\"b\",c",
        "\"a\"\"b\",,",
        "a\"b,c,\"d\"e",
        "\"a,b\",\"c\nd\",e",
        "\"\",\"\",\"\"",
        " \"a\" ,b,c",
        "\"a\r\nb\",c,d",
        "ä,ß,\"ü,ü\"",
    ] {
        let text = format!("x,y,z\n{line}\n");
        let mut oracle = ::csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let expected = oracle.records().next().unwrap().unwrap();
        let (items, _) = read(CSV, &text);
        assert_eq!(rows(&items), [expected.iter().collect::<Vec<_>>().join("|")], "{line}");
    }
}

#[test]
fn hostile_files_give_exactly_these_rows() {
    let utf_16: Vec<u8> = "a,b\r\n1,ä\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf_16_be: Vec<u8> = "a,b\n1,ä\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    let table: Vec<(&str, &str, Vec<u8>, &[&str])> = vec![
        (
            "PowerShell 5.1",
            "",
            b"#TYPE System.Object\r\n\"a\",\"b\"\r\n\"1\",\"2\"\r\n".into(),
            &["1|2"],
        ),
        ("Excel separator", "", b"sep=;\na;b\n1;2,5\n".into(), &["1|2,5"]),
        ("quoted separator line", "", b"\"sep=;\"\na;b\n1;2\n".into(), &["1|2"]),
        ("UTF-8 mark", "", marked(b"\xef\xbb\xbf", b"a,b\n1,2\n"), &["1|2"]),
        ("UTF-16 LE mark", "", marked(b"\xff\xfe", &utf_16), &["1|ä"]),
        ("UTF-16 BE mark", "", marked(b"\xfe\xff", &utf_16_be), &["1|ä"]),
        ("UTF-16 LE, no mark", "", utf_16, &["1|ä"]),
        ("UTF-16 BE, no mark", "", utf_16_be, &["1|ä"]),
        ("quoted newline", "", b"a,b\n1,\"x\ny\"\n".into(), &["1|x\ny"]),
        ("ragged", "", b"a,b\n1\n1,2\n1,2,3\n".into(), &["!ragged-row", "1|2", "!ragged-row"]),
        ("CRLF", "", b"a,b\r\n1,2\r\n".into(), &["1|2"]),
        ("CR only", "", b"a,b\r1,2\r".into(), &["1|2"]),
        ("NUL", "", b"a,b\n1,\x002\x00\n".into(), &["1|2"]),
        ("terminal", "", b"a,b\n1,\x1b[2Kx\x1b[31;1my\x1b[0m\n".into(), &["1|xy"]),
        ("blank lines", "", b"\n\na,b\n\n1,2\n\r\n3,4\n\n".into(), &["1|2", "3|4"]),
        ("header only", "", b"a,b\n".into(), &[]),
        ("no final newline", "", b"a,b\n1,2".into(), &["1|2"]),
        ("joined by cat", "", b"a,b\n1,2\na,b\n3,4\n".into(), &["1|2", "3|4"]),
        ("stray quote", "", b"a,b\n1,\"x\n2,y\n3,z\n".into(), &["!ragged-row", "2|y", "3|z"]),
        ("latin-1", "encoding = \"windows-1252\"", b"a,b\n1,\xe4\n".into(), &["1|ä"]),
        ("UTF-8 wins", "encoding = \"windows-1252\"", "a,b\n1,ä\n".into(), &["1|ä"]),
        ("semicolon", "delimiter = \";\"", b"a;b\n1;2\n".into(), &["1|2"]),
        ("escape", "escape = '\\'", b"a,b\n1\\,5,\"x\\\"y\"\n".into(), &["1,5|x\"y"]),
        ("skip lines", "skip = 2", b"Report\nx\"x\na,b\n1,2\n".into(), &["1|2"]),
        ("skip matching", "skip = ['^-+$']", b"a,b\n---\n1,2\n".into(), &["1|2"]),
        ("comment", "comment = \"#\"", b"# by\na,b\n#1,2\n3,4\n".into(), &["3|4"]),
        ("third row", "header = 3", b"Report\nof May,2024\na,b\n1,2\n".into(), &["1|2"]),
        ("named", "header = [\"a\", \"b\"]", b"1,2\n".into(), &["1|2"]),
        ("no header", "header = 0", b"1,2\n3,4\n".into(), &["1|2", "3|4"]),
        ("no quoting", "quote = \"\"", b"a,b\n\"1,2\n".into(), &["\"1|2"]),
        ("trailer", "trailer = '^\\((\\d+) rows\\)'", b"a,b\n1,2\n(1 rows)\n".into(), &["1|2"]),
    ];
    for (name, options, bytes, expected) in table {
        let (items, _) = read(&format!("{CSV}\n{options}"), &bytes);
        assert_eq!(rows(&items), expected, "{name}");
        let numbers: Vec<i64> = items
            .iter()
            .map(|item| match item {
                Item::Record(record) => record.number,
                Item::Bad { number, .. } => *number,
            })
            .collect();
        assert_eq!(numbers, (1..=items.len() as i64).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn facts_tell_what_was_replaced_skipped_and_declared() {
    let (_, facts) = read(CSV, b"a,b\n1,\xe4\xf6\n2,??? ????\n".as_slice());
    assert_eq!((facts.replaced, facts.lost_letters), (2, 2));
    let (_, facts) =
        read(&format!("{CSV}\ntrailer = 'rows: ([\\d,]+)'"), "a,b\n1,2\nrows: 1,024\n");
    assert_eq!((facts.declared_rows, facts.skipped), (Some(1024), 1));
    assert_eq!(facts.skipped_examples, ["rows: 1,024"]);
    let (_, facts) = read(CSV, "a,b\n1,\"cut he");
    assert!(facts.is_cut && !facts.ends_with_newline);
}

#[test]
fn the_header_is_known_before_the_first_record() {
    let input = Input::from_bytes("x.csv", b"Job Name , b,,b\n".to_vec());
    let records = records(&input, &spec(CSV)).unwrap();
    assert_eq!(records.facts().header, ["Job Name", "b", "3", "b (2)"]);
}

#[test]
fn an_empty_file_is_refused_since_it_has_not_even_a_header() {
    for bytes in ["", "\n\n", "\u{feff}"] {
        assert!(refusal(CSV, bytes).message.contains("is empty"), "{bytes:?}");
    }
    assert!(read(&format!("{CSV}\nheader = [\"a\"]"), "").0.is_empty());
}

#[test]
fn a_stray_quote_costs_its_line_and_not_the_file() {
    let mut text = String::from("a,b\n1,\"never closed\n");
    for n in 0..300_000 {
        text.push_str(&format!("{n},x\n"));
    }
    let (items, facts) = read(CSV, &text);
    assert_eq!(fault(&items[0]), Some(Fault::RecordTooLong));
    assert_eq!((facts.records, facts.bad), (300_000, 1));
    assert_eq!(get(&items[300_000], "a"), "299999");
}

#[test]
fn a_record_over_the_cap_is_quarantined_with_the_beginning_of_its_text() {
    let text = format!("a,b\n1,{}\n2,y\n", "x".repeat(RECORD_MAX_BYTES + 1));
    let (items, _) = read(CSV, &text);
    assert_eq!(rows(&items), ["!record-too-long", "2|y"]);
    let Item::Bad { raw, .. } = &items[0] else { panic!() };
    assert_eq!(raw.len(), RAW_MAX_BYTES);
}

#[test]
fn records_do_not_depend_on_where_the_chunks_end() {
    // Chunks are 64 KiB: a quoted CR LF, a multi-byte letter and a doubled quote meet the edge.
    for shift in 0..40 {
        let long = "y".repeat((1 << 16) - 30 + shift);
        let text = format!("a,b\r\n{long},\"ä\"\"\r\nö\"\r\n2,\"z\"\r\n");
        let (items, _) = read(CSV, &text);
        assert_eq!(rows(&items), [format!("{long}|ä\"\r\nö"), "2|z".to_owned()], "{shift}");
    }
}

#[test]
fn every_cut_of_a_small_file_is_accounted_for() {
    let whole = "id,text\n1,\"a, b\"\n2,\"c\nd\"\n3,e\n";
    for cut in 8..whole.len() {
        let (items, facts) = read(CSV, &whole[..cut]);
        assert_eq!(facts.records + facts.bad, items.len() as i64, "{cut}");
        let at_line_end = whole[..cut].ends_with('\n');
        assert!(!facts.ends_with_newline || at_line_end, "{cut}");
        // No cut passes as a whole export: an end is missing, or a quote is open, or rows are.
        assert!(!facts.ends_with_newline || facts.is_cut || items.len() < 3, "{cut}");
    }
}

#[test]
fn tabs_separate_and_quotes_are_text_in_tsv() {
    let (items, _) = read("format = \"tsv\"", "a\tb\n1\t\"x\n");
    assert_eq!(rows(&items), ["1|\"x"]);
}

#[test]
fn counters_written_as_rows_become_columns_by_pivot() {
    let (items, facts) =
        read(&format!("{CSV}\npivot = \"name\""), "name,new\nfiles,3\ndirs,1\nfiles,9\n");
    assert_eq!(get(&items[0], "files.new"), "3");
    assert_eq!(get(&items[0], "dirs.new"), "1");
    assert_eq!((items.len(), facts.childless, facts.records), (1, 1, 1));
}

#[test]
fn a_separator_that_is_not_named_is_found_in_the_header() {
    let cells = |read_: &str, text: &str| rows(&read(read_, text).0);
    for delimiter in [",", ";", "\t", "|"] {
        let text = ["a;b", "\"x y\";2", "3;4"].join("\n").replace(';', delimiter);
        let text = format!("{text}\n");
        // Nothing is quoted in what a database writes with TAB.
        let first = if delimiter == "\t" { "\"x y\"|2" } else { "x y|2" };
        assert_eq!(cells(CSV, &text), [first, "3|4"], "{delimiter:?}");
    }
    // A comma in the header is the separator; one that is named is not looked for.
    assert_eq!(cells(CSV, "a,b;c\n1,2;3\n"), ["1|2;3"]);
    assert_eq!(cells("format = \"csv\"\ndelimiter = \",\"", "a;b\n1;2\n"), ["1;2"]);
    // A quoted header is no database's: quotes hold what they do elsewhere.
    assert_eq!(cells(CSV, "\"a\"\t\"b\"\n\"x\ty\"\t\"C:\\n\"\n"), ["x\ty|C:\\n"]);
}

#[test]
fn text_columns_as_databases_write_them_come_out_as_they_were() {
    let text = "JobId\tLogText\tNote\n7\tline one\\nline\\ttwo \\\\ end\t\\N\n";
    let (items, facts) = read("format = \"csv\"\nlower_names = true", text);
    assert_eq!(facts.header, ["jobid", "logtext", "note"]);
    assert_eq!(get(&items[0], "logtext"), "line one\nline\ttwo \\ end");
    assert_eq!(get(&items[0], "note"), "<none>");
    let trailer = "format = \"csv\"\ntrailer = '^\\((\\d+) rows?\\)$'";
    let (items, facts) = read(trailer, "a|b\n1|2\n3|4\n(2 rows)\n");
    assert_eq!((items.len(), facts.declared_rows), (2, Some(2)));
}

#[test]
fn a_header_without_end_is_refused_at_once() {
    for delimiter in [",", "\t"] {
        let text = format!("{}\n1\n", delimiter.repeat(100_000));
        let error = refusal(CSV, &text);
        assert_eq!(error.kind, Kind::Input);
        assert!(error.to_string().contains("100001 columns"), "{error}");
    }
}
