//! Who wins when rows share a key (mode replace): a pure decision over what the records say, not
//! over when they arrived, so order, splitting and repetition of loads do not matter.

/// What decides between two records of one key: the greater wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// Capture time of the export that showed it last.
    pub last_seen_at: i64,
    /// The adapter's order of records within one capture.
    pub sequence: i64,
    /// Version of the mapping.
    pub adapter_version: i64,
    /// Hash of the raw record.
    pub row_hash: String,
}

/// One record of a key, live or incoming.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Decides.
    pub rank: Rank,
    /// The mapping that made it; with version and hash it says whether content is the same.
    pub adapter_id: String,
    /// Smallest capture time.
    pub first_seen_at: i64,
    /// Start of the first try, in tables that have it.
    pub first_attempt_at: Option<i64>,
    /// Value of the time column; none in tables without.
    pub time: Option<i64>,
    /// True when the time column had nothing better than the capture time.
    pub is_undated: bool,
    /// True when it is in the lake already.
    pub is_live: bool,
    /// True when the load that brought it read its input otherwise than is right now: it gives
    /// way to another reading of the same raw record.
    pub is_outdated: bool,
}

/// What becomes of an incoming record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its key is new.
    Inserted,
    /// It replaces another state.
    Updated,
    /// The lake shows this state already.
    Same,
    /// It lost against another state.
    Superseded,
}

/// The live row of a key after the merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Position of the record whose row stays.
    pub keep: usize,
    /// False when the live row stays as it is, to the last column.
    pub is_changed: bool,
    /// True when the row goes to another time (and so perhaps to another month).
    pub old_time: Option<i64>,
    /// Value for `last_seen_at`.
    pub last_seen_at: i64,
    /// Value for `sequence`.
    pub sequence: i64,
    /// Value for `first_seen_at`.
    pub first_seen_at: i64,
    /// Value for `first_attempt_at`.
    pub first_attempt_at: Option<i64>,
    /// Value for the time column.
    pub time: Option<i64>,
    /// Fates in the order of the records; `None` for live ones.
    pub fates: Vec<Option<Fate>>,
}

fn is_same(a: &Record, b: &Record) -> bool {
    a.rank.row_hash == b.rank.row_hash
        && a.rank.adapter_version == b.rank.adapter_version
        && a.adapter_id == b.adapter_id
}

/// Decides among all records of one key; none when there are none.
///
/// The record of the greatest rank wins as a whole. Of records with the same content the live
/// one stays (else the one seen first), and only its capture times move. An outdated reading of
/// a raw record counts only as a sighting where a reading that is right now stands beside it.
#[must_use]
pub fn decide(records: &[Record]) -> Option<Verdict> {
    let is_reread = |r: &Record| {
        r.is_outdated && records.iter().any(|other| !other.is_outdated && is_same(r, other))
    };
    let gone: Vec<bool> = records.iter().map(is_reread).collect();
    let counts = |i: &usize| gone.get(*i) == Some(&false);
    let standing = || records.iter().enumerate().filter(|(i, _)| counts(i)).map(|(_, r)| r);
    let best = standing().max_by(|a, b| a.rank.cmp(&b.rank))?;
    let is_best = |i: &usize| records.get(*i).is_some_and(|r| is_same(r, best));
    let same: Vec<usize> = (0..records.len()).filter(|i| counts(i) && is_best(i)).collect();
    let seen = |i: &usize| records.get(*i).map(|r| (!r.is_live, r.rank.clone()));
    let keep = same.iter().copied().min_by_key(seen)?;
    let kept = records.get(keep)?;
    let first_seen_at = records.iter().map(|r| r.first_seen_at).min()?;
    let first_attempt_at = standing().filter_map(|r| r.first_attempt_at).min();
    let sightings = records.iter().filter(|r| is_same(r, best)).map(|r| r.rank.last_seen_at);
    let last_seen_at = sightings.max()?;
    let time = if kept.is_undated { Some(first_seen_at) } else { kept.time };
    let live = records.iter().filter(|r| r.is_live).count();
    let is_changed = !kept.is_live
        || live > 1
        || kept.rank.last_seen_at != last_seen_at
        || kept.rank.sequence != best.rank.sequence
        || kept.first_seen_at != first_seen_at
        || kept.first_attempt_at != first_attempt_at
        || kept.time != time;
    let fate = |i: usize, record: &Record| match (record.is_live, i == keep, live > 0) {
        (true, _, _) => None,
        (false, true, true) => Some(Fate::Updated),
        (false, true, false) => Some(Fate::Inserted),
        (false, false, _) if same.contains(&i) => Some(Fate::Same),
        (false, false, _) => Some(Fate::Superseded),
    };
    Some(Verdict {
        keep,
        is_changed,
        old_time: records.iter().find(|r| r.is_live).and_then(|r| r.time),
        last_seen_at,
        sequence: best.rank.sequence,
        first_seen_at,
        first_attempt_at,
        time,
        fates: records.iter().enumerate().map(|(i, r)| fate(i, r)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(seen: i64, sequence: i64, version: i64, hash: &str, is_live: bool) -> Record {
        Record {
            rank: Rank {
                last_seen_at: seen,
                sequence,
                adapter_version: version,
                row_hash: hash.into(),
            },
            adapter_id: "a".into(),
            first_seen_at: seen,
            first_attempt_at: None,
            time: Some(100),
            is_undated: false,
            is_live,
            is_outdated: false,
        }
    }

    #[test]
    fn the_greater_of_capture_sequence_version_and_hash_wins_in_that_order() {
        let cases = [
            (record(2, 0, 1, "a", false), record(1, 9, 9, "z", true)),
            (record(1, 1, 1, "a", false), record(1, 0, 9, "z", true)),
            (record(1, 1, 2, "a", false), record(1, 1, 1, "z", true)),
            (record(1, 1, 1, "b", false), record(1, 1, 1, "a", true)),
        ];
        for (winner, loser) in cases {
            let won = decide(&[loser.clone(), winner.clone()]).unwrap();
            assert_eq!((won.keep, won.fates), (1, vec![None, Some(Fate::Updated)]));
            let swapped = [Record { is_live: true, ..winner }, Record { is_live: false, ..loser }];
            let lost = decide(&swapped).unwrap();
            assert_eq!((lost.keep, lost.fates), (0, vec![None, Some(Fate::Superseded)]));
        }
    }

    #[test]
    fn a_late_older_state_only_moves_the_first_times() {
        let live = Record { first_attempt_at: Some(50), ..record(9, 1, 1, "new", true) };
        let late = Record { first_attempt_at: Some(40), ..record(3, 0, 1, "old", false) };
        let verdict = decide(&[live, late]).unwrap();
        assert_eq!((verdict.keep, verdict.is_changed), (0, true));
        assert_eq!((verdict.first_seen_at, verdict.first_attempt_at), (3, Some(40)));
        assert_eq!(verdict.last_seen_at, 9);
    }

    #[test]
    fn the_same_state_seen_again_moves_last_seen_and_nothing_else() {
        let live = record(3, 1, 1, "h", true);
        let again = record(7, 1, 1, "h", false);
        let verdict = decide(&[live.clone(), again]).unwrap();
        assert_eq!(verdict.fates, [None, Some(Fate::Same)]);
        assert_eq!((verdict.keep, verdict.last_seen_at, verdict.first_seen_at), (0, 7, 3));
        let repeat = decide(&[live.clone(), Record { is_live: false, ..live }]).unwrap();
        assert!(!repeat.is_changed);
    }

    #[test]
    fn of_several_new_records_one_is_inserted_and_the_others_are_duplicates() {
        let new = [
            record(1, 0, 1, "running", false),
            record(2, 1, 1, "done", false),
            record(3, 1, 1, "done", false),
        ];
        let verdict = decide(&new).unwrap();
        let want = [Some(Fate::Superseded), Some(Fate::Inserted), Some(Fate::Same)];
        assert_eq!(verdict.fates, want);
        assert_eq!((verdict.keep, verdict.last_seen_at, verdict.first_seen_at), (1, 3, 1));
    }

    #[test]
    fn an_undated_row_stands_at_its_first_capture() {
        let undated = |seen, live| Record {
            time: Some(seen),
            is_undated: true,
            ..record(seen, 1, 1, "h", live)
        };
        let verdict = decide(&[undated(50, true), undated(20, false)]).unwrap();
        assert_eq!((verdict.keep, verdict.time, verdict.is_changed), (0, Some(20), true));
    }

    #[test]
    fn a_key_that_lives_twice_is_merged_into_one() {
        let verdict = decide(&[record(1, 1, 1, "a", true), record(2, 1, 1, "b", true)]).unwrap();
        assert_eq!((verdict.keep, verdict.is_changed), (1, true));
    }

    #[test]
    fn an_outdated_reading_gives_way_to_another_of_the_same_record_and_to_nothing_else() {
        let old = Record {
            time: Some(90),
            first_attempt_at: Some(80),
            is_outdated: true,
            ..record(5, 1, 1, "h", true)
        };
        let again =
            Record { time: Some(150), first_attempt_at: Some(140), ..record(4, 1, 1, "h", false) };
        let verdict = decide(&[old.clone(), again.clone()]).unwrap();
        assert_eq!((verdict.keep, verdict.fates), (1, vec![None, Some(Fate::Updated)]));
        assert_eq!((verdict.time, verdict.first_attempt_at), (Some(150), Some(140)));
        assert_eq!((verdict.last_seen_at, verdict.first_seen_at), (5, 4), "both were sightings");
        assert_eq!(verdict.old_time, Some(90));
        // Another state that was seen later stays above both readings.
        let newer = record(9, 1, 1, "other", true);
        let verdict = decide(&[newer, again]).unwrap();
        assert_eq!((verdict.keep, verdict.is_changed), (0, true));
        // Alone, or beside other content, an outdated reading is what is known.
        let other = record(3, 1, 1, "z", false);
        assert_eq!(decide(&[old, other]).unwrap().keep, 0);
    }
}
