//! Due runs, catch-up, repetition.

use super::*;
use crate::model::time::{DAY_US, iso, parse_iso};

fn us(text: &str) -> i64 {
    parse_iso(text).unwrap()
}

fn job(catch_up: CatchUp, max_attempts: u32) -> Job {
    let nightly = Job::new("nightly", "0 2 * * *", "UTC", vec!["load".to_owned()]).unwrap();
    Job { catch_up, max_attempts, ..nightly }
}

fn past(due: &str, attempt: u32, status: Option<Status>) -> PastRun {
    PastRun { job_name: "nightly".to_owned(), due_us: us(due), attempt, status }
}

fn due(job: &Job, history: &[PastRun], now: &str) -> Vec<String> {
    let due = due_runs(std::slice::from_ref(job), history, us(now));
    due.iter().map(|run| format!("{} {}", iso(run.due_us), run.attempt)).collect()
}

const DONE: Option<Status> = Some(Status::Done);
const FAILED: Option<Status> = Some(Status::Failed);
const INTERRUPTED: Option<Status> = Some(Status::Interrupted);

#[test]
fn each_due_instant_runs_once_from_its_instant_on() {
    let job = job(CatchUp::Latest, 1);
    let before = [past("2026-01-05T02:00:00Z", 1, DONE)];
    assert_eq!(due(&job, &before, "2026-01-06T01:59:59Z"), Vec::<String>::new());
    assert_eq!(due(&job, &before, "2026-01-06T02:00:00Z"), ["2026-01-06T02:00:00Z 1"]);
    let findings = past("2026-01-06T02:00:00Z", 1, Some(Status::Findings));
    assert_eq!(
        due(&job, &[before[0].clone(), findings], "2026-01-06T09:00:00Z"),
        Vec::<String>::new()
    );
}

#[test]
fn after_downtime_the_job_says_what_is_caught_up() {
    let history = [past("2026-01-05T02:00:00Z", 1, DONE)];
    let all = ["2026-01-06T02:00:00Z 1", "2026-01-07T02:00:00Z 1", "2026-01-08T02:00:00Z 1"];
    let cases: [(CatchUp, &str, &[&str]); 5] = [
        (CatchUp::All, "2026-01-08T12:00:00Z", &all),
        (CatchUp::Latest, "2026-01-08T12:00:00Z", &all[2..]),
        (CatchUp::None, "2026-01-08T12:00:00Z", &[]),
        (CatchUp::None, "2026-01-08T03:00:00Z", &all[2..]),
        (CatchUp::None, "2026-01-08T03:00:01Z", &[]),
    ];
    for (catch_up, now, want) in cases {
        assert_eq!(due(&job(catch_up, 1), &history, now), want, "{catch_up:?} {now}");
    }
}

#[test]
fn a_job_without_history_does_not_run_its_past() {
    for catch_up in [CatchUp::All, CatchUp::Latest, CatchUp::None] {
        let job = job(catch_up, 1);
        assert_eq!(due(&job, &[], "2026-01-08T12:00:00Z"), Vec::<String>::new());
        assert_eq!(due(&job, &[], "2026-01-08T02:00:05Z"), ["2026-01-08T02:00:00Z 1"]);
    }
}

#[test]
fn failed_and_interrupted_attempts_are_repeated_within_bounds() {
    let at = "2026-01-05T02:00:00Z";
    let cases: [(u32, &[PastRun], &[&str]); 8] = [
        (1, &[past(at, 1, FAILED)], &[]),
        (2, &[past(at, 1, FAILED)], &["2026-01-05T02:00:00Z 2"]),
        (2, &[past(at, 2, FAILED), past(at, 1, FAILED)], &[]),
        (2, &[past(at, 1, FAILED), past(at, 2, DONE)], &[]),
        (1, &[past(at, 1, INTERRUPTED)], &["2026-01-05T02:00:00Z 2"]),
        (1, &[past(at, 2, INTERRUPTED)], &["2026-01-05T02:00:00Z 3"]),
        (1, &[past(at, 3, INTERRUPTED)], &[]),
        (1, &[past(at, 1, INTERRUPTED), past(at, 2, FAILED)], &[]),
    ];
    for (max_attempts, history, want) in cases {
        for catch_up in [CatchUp::All, CatchUp::Latest, CatchUp::None] {
            let job = job(catch_up, max_attempts);
            assert_eq!(due(&job, history, "2026-01-05T03:00:00Z"), want, "{history:?}");
        }
    }
}

#[test]
fn a_newer_due_instant_supersedes_an_interrupted_one_unless_all_are_wanted() {
    let history = [past("2026-01-05T02:00:00Z", 1, INTERRUPTED)];
    let now = "2026-01-06T02:00:00Z";
    let both = ["2026-01-05T02:00:00Z 2", "2026-01-06T02:00:00Z 1"];
    assert_eq!(due(&job(CatchUp::All, 1), &history, now), both);
    assert_eq!(due(&job(CatchUp::Latest, 1), &history, now), both[1..]);
    // Done since: nothing is left of it.
    let done = [history[0].clone(), past("2026-01-06T02:00:00Z", 1, DONE)];
    assert_eq!(due(&job(CatchUp::Latest, 1), &done, now), Vec::<String>::new());
    assert_eq!(due(&job(CatchUp::All, 1), &done, now), both[..1]);
}

#[test]
fn a_running_job_is_not_due_and_a_clock_set_back_repeats_nothing() {
    let job = job(CatchUp::All, 1);
    let running = [past("2026-01-05T02:00:00Z", 1, None)];
    assert_eq!(due(&job, &running, "2026-01-09T02:00:00Z"), Vec::<String>::new());
    let future = [past("2026-01-08T02:00:00Z", 1, DONE)];
    assert_eq!(due(&job, &future, "2026-01-06T02:00:00Z"), Vec::<String>::new());
}

#[test]
fn several_jobs_are_due_in_order_of_their_instants() {
    let other = Job::new("weekly", "0 1 * * MON", "Europe/Berlin", Vec::new()).unwrap();
    let jobs = [job(CatchUp::Latest, 1), other];
    let due = due_runs(&jobs, &[], us("2026-01-05T02:00:00Z"));
    let names: Vec<_> = due.iter().map(|run| run.job_name.as_str()).collect();
    assert_eq!(names, ["nightly"]);
    let due = due_runs(&jobs, &[past("2026-01-04T02:00:00Z", 1, DONE)], us("2026-01-05T00:30:00Z"));
    assert_eq!(
        due,
        [DueRun { due_us: us("2026-01-05T00:00:00Z"), job_name: "weekly".to_owned(), attempt: 1 }]
    );
    let next = next_runs(&jobs, us("2026-01-05T00:00:00Z"), 4);
    let next: Vec<_> =
        next.iter().map(|run| format!("{} {}", iso(run.due_us), run.job_name)).collect();
    assert_eq!(
        next,
        [
            "2026-01-05T02:00:00Z nightly",
            "2026-01-06T02:00:00Z nightly",
            "2026-01-07T02:00:00Z nightly",
            "2026-01-08T02:00:00Z nightly",
        ]
    );
}

#[test]
fn words_and_names_are_checked() {
    for status in [Status::Done, Status::Findings, Status::Failed, Status::Interrupted] {
        assert_eq!(Status::parse(status.word()).unwrap(), status);
    }
    let words: Vec<_> = crate::model::tables::program::SCHEDULE_STATUSES.to_vec();
    assert!(words.iter().all(|word| Status::parse(word).is_ok()));
    assert!(Status::parse("ok").is_err());
    assert!(CatchUp::parse("some").unwrap_err().hint.is_some());
    assert!(Job::new("a b", "@daily", "UTC", Vec::new()).is_err());
    assert!(Job::new("a", "@daily", "Berlin", Vec::new()).is_err());
    assert!(Job::new("a", "daily", "UTC", Vec::new()).is_err());
}

proptest::proptest! {
    #[test]
    fn polled_at_any_instants_every_due_instant_runs_once(
        polls in proptest::collection::vec(1_i64..200, 1..40),
        statuses in proptest::collection::vec(0_u8..4, 200),
        minute in 0_u32..60,
    ) {
        let cron = format!("{minute} 2,14 * * *");
        let all = Job {
            catch_up: CatchUp::All,
            max_attempts: 2,
            ..Job::new("nightly", &cron, "Europe/Berlin", Vec::new()).unwrap()
        };
        let start = us("2026-03-27");
        let mut statuses = statuses.into_iter().cycle();
        let mut history = vec![PastRun {
            job_name: "nightly".to_owned(), due_us: start, attempt: 1, status: DONE,
        }];
        let mut now = start;
        for step in polls {
            now += step * 600 * SECOND_US;
            for run in due_runs(std::slice::from_ref(&all), &history, now) {
                proptest::prop_assert!(run.due_us <= now);
                let status = match statuses.next().unwrap() {
                    0 => Status::Failed,
                    1 => Status::Interrupted,
                    _ => Status::Done,
                };
                let (due_us, attempt) = (run.due_us, run.attempt);
                let job_name = run.job_name;
                history.push(PastRun { job_name, due_us, attempt, status: Some(status) });
            }
        }
        let mut begun: Vec<i64> =
            history.iter().skip(1).filter(|run| run.attempt == 1).map(|run| run.due_us).collect();
        begun.sort_unstable();
        let want: Vec<i64> =
            all.schedule.due(all.zone, start + 1, now + 1).iter().map(|due| due.at_us).collect();
        proptest::prop_assert_eq!(begun, want);
        let mut tries: Vec<_> = history.iter().map(|run| (run.due_us, run.attempt)).collect();
        let count = tries.len();
        tries.sort_unstable();
        tries.dedup();
        proptest::prop_assert_eq!(tries.len(), count);
        proptest::prop_assert!(history.iter().all(|run| run.attempt <= 2 + EXTRA_ATTEMPTS));
        proptest::prop_assert!(now - start < 60 * DAY_US);
    }
}
