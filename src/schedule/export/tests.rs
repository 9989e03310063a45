//! Exports against pinned files, calendars by hand, refusals.

use super::*;
use crate::model::time::parse_iso;

fn place() -> Place {
    Place {
        program: "/usr/bin/tapeline".to_owned(),
        project: "/srv/backup reports/100%".to_owned(),
        image: "tapeline:0.1.0".to_owned(),
        claim: "tapeline-project".to_owned(),
        since_us: parse_iso("2026-01-05T11:00:00Z").unwrap(),
    }
}

fn job(name: &str, schedule: &str, zone: &str) -> Job {
    Job::new(name, schedule, zone, vec!["load".to_owned()]).unwrap()
}

fn jobs() -> Vec<Job> {
    vec![
        Job {
            max_attempts: 3,
            catch_up: CatchUp::All,
            ..job("nightly_load", "30 2 * * MON-FRI", "Europe/Berlin")
        },
        Job { catch_up: CatchUp::None, ..job("quarterly", "0 6 1 1,4,7,10 *", "UTC") },
    ]
}

#[test]
fn exports_are_the_pinned_files() {
    let golden = [
        ("tapeline-nightly-load.service", include_str!("golden/tapeline-nightly-load.service")),
        ("tapeline-nightly-load.timer", include_str!("golden/tapeline-nightly-load.timer")),
        ("tapeline-quarterly.service", include_str!("golden/tapeline-quarterly.service")),
        ("tapeline-quarterly.timer", include_str!("golden/tapeline-quarterly.timer")),
        ("tapeline.crontab", include_str!("golden/tapeline.crontab")),
        ("tapeline-cronjobs.yaml", include_str!("golden/tapeline-cronjobs.yaml")),
        ("tapeline_dags.py", include_str!("golden/tapeline_dags.py")),
    ];
    let mut files = Vec::new();
    for target in [Target::Systemd, Target::Cron, Target::Kubernetes, Target::Airflow] {
        files.extend(export(&jobs(), target, &place()).unwrap());
    }
    assert_eq!(files.len(), golden.len());
    for (file, (name, text)) in files.iter().zip(golden) {
        assert_eq!(file.name, name);
        assert_eq!(file.text, text, "{name}");
    }
}

#[test]
fn schedules_become_calendars_or_are_refused() {
    // Schedule, plain cron, OnCalendar lines; `-` = refused.
    let cases: [(&str, &str, &[&str]); 14] = [
        ("@hourly", "0 * * * *", &["*-*-* *:00:00"]),
        ("*/15 1-3 * * *", "0,15,30,45 1,2,3 * * *", &["*-*-* 01,02,03:00,15,30,45:00"]),
        ("0 5 * * 7", "0 5 * * 0", &["Sun *-*-* 05:00:00"]),
        ("0 5 * * FRI-SUN", "0 5 * * 0,5,6", &["Sun,Fri,Sat *-*-* 05:00:00"]),
        ("0 5 * * 0-6", "0 5 * * *", &["*-*-* 05:00:00"]),
        ("0 5 ? * ?", "0 5 * * *", &["*-*-* 05:00:00"]),
        ("0 5 13 * FRI", "0 5 13 * 5", &["*-*-13 05:00:00", "Fri *-*-* 05:00:00"]),
        ("0 5 L * *", "-", &["*-*~01 05:00:00"]),
        ("0 5 * * FRIL", "-", &["Fri *-*~07/1 05:00:00"]),
        ("0 5 * 2 TUE#2", "-", &["Tue *-02-08..14 05:00:00"]),
        ("0 5 15W * *", "-", &["-"]),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;BYHOUR=5", "-", &["Fri *-*-13 05:00:00"]),
        ("FREQ=WEEKLY;BYDAY=SA;BYHOUR=5", "0 5 * * 6", &["Sat *-*-* 05:00:00"]),
        ("DTSTART:20260103T220000 FREQ=WEEKLY;INTERVAL=2", "-", &["-"]),
    ];
    for (schedule, cron, systemd) in cases {
        let job = job("j", schedule, "UTC");
        let calendar = Calendar::of(&job);
        let got = calendar.as_ref().ok().and_then(|c| c.cron(&job).ok());
        assert_eq!(got.as_deref().unwrap_or("-"), cron, "{schedule}");
        let got = calendar.as_ref().ok().and_then(|c| c.systemd(&job).ok());
        assert_eq!(got.unwrap_or_else(|| vec!["-".to_owned()]), systemd, "{schedule}");
    }
}

#[test]
fn what_cannot_be_exported_is_refused_with_a_way_out() {
    let every_other_week = job("j", "DTSTART:20260103T220000 FREQ=WEEKLY;INTERVAL=2", "UTC");
    let last_friday = job("j", "0 5 * * FRIL", "UTC");
    let cases = [
        (&every_other_week, Target::Systemd),
        (&every_other_week, Target::Airflow),
        (&last_friday, Target::Cron),
        (&last_friday, Target::Kubernetes),
    ];
    for (job, target) in cases {
        let error = export(std::slice::from_ref(job), target, &place()).unwrap_err();
        assert!(error.message.contains("`j`"), "{error}");
        assert!(error.hint.unwrap().contains("schedule run"));
    }
    let twins = [job("a_b", "@daily", "UTC"), job("A-b", "@daily", "UTC")];
    assert!(export(&twins, Target::Cron, &place()).unwrap_err().message.contains("tapeline-a-b"));
    assert!(Target::parse("launchd").unwrap_err().hint.is_some());
}
