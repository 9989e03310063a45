//! The jobs as units of another scheduler, which then calls `tapeline run JOB`. Text only; what
//! the other scheduler cannot say is refused, never approximated.

mod calendar;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use super::{CatchUp, Job};
use crate::error::{Error, Result};
use crate::model::time;
use calendar::Calendar;

/// The other scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A service and a timer unit for every job.
    Systemd,
    /// One crontab; the zone needs cronie's `CRON_TZ`.
    Cron,
    /// `CronJob` objects in one YAML file.
    Kubernetes,
    /// One Python file with a DAG for every job, for Airflow 3.
    Airflow,
}

impl Target {
    /// Parses `systemd`, `cron`, `kubernetes` or `airflow`.
    ///
    /// # Errors
    /// When it is another word.
    pub fn parse(word: &str) -> Result<Self> {
        match word {
            "systemd" => Ok(Target::Systemd),
            "cron" => Ok(Target::Cron),
            "kubernetes" => Ok(Target::Kubernetes),
            "airflow" => Ok(Target::Airflow),
            _ => Err(Error::config(format!("`{word}` is no scheduler that can be exported to"))
                .hint("one of systemd, cron, kubernetes, airflow")),
        }
    }
}

/// Where the other scheduler finds things.
#[derive(Debug, Clone)]
pub struct Place {
    /// The program: absolute path.
    pub program: String,
    /// The project's folder: absolute path (in the container, for Kubernetes).
    pub project: String,
    /// Container image.
    pub image: String,
    /// Claim of the volume that holds the project.
    pub claim: String,
    /// Microseconds UTC before which nothing is caught up.
    pub since_us: i64,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// File name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The jobs in the other scheduler's form.
///
/// # Errors
/// When a schedule cannot be said there, or two jobs would get one name.
pub fn export(jobs: &[Job], target: Target, place: &Place) -> Result<Vec<Export>> {
    let mut ids: Vec<String> = jobs.iter().map(unit_name).collect();
    ids.sort_unstable();
    if let Some([id, _]) = ids.windows(2).find(|pair| pair.first() == pair.last()) {
        return Err(Error::config(format!("two jobs would both be called `{id}`"))
            .hint("give them names that differ in more than case, - and _"));
    }
    let one = |name: &str, text: String| vec![Export { name: name.to_owned(), text }];
    Ok(match target {
        Target::Systemd => {
            let units = jobs.iter().map(|job| systemd(job, place)).collect::<Result<Vec<_>>>()?;
            units.into_iter().flatten().collect()
        }
        Target::Cron => one("tapeline.crontab", crontab(jobs, place)?),
        Target::Kubernetes => one("tapeline-cronjobs.yaml", kubernetes(jobs, place)?),
        Target::Airflow => one("tapeline_dags.py", airflow(jobs, place)?),
    })
}

/// Name that every scheduler accepts: lower case, digits and `-`.
fn unit_name(job: &Job) -> String {
    let name = job.name.to_ascii_lowercase().replace('_', "-");
    format!("tapeline-{}", name.trim_matches('-'))
}

fn systemd(job: &Job, place: &Place) -> Result<Vec<Export>> {
    let (id, name) = (unit_name(job), &job.name);
    let quote = |text: &str| format!("\"{}\"", escaped(text).replace('%', "%%"));
    let (program, project) = (quote(&place.program), quote(&place.project));
    let mut service = format!(
        "[Unit]\nDescription=Tapeline job {name}\nAfter=network-online.target\n\
         Wants=network-online.target\n"
    );
    let tries = job.max_attempts.max(1);
    if tries > 1 {
        let _ = write!(service, "StartLimitIntervalSec=1d\nStartLimitBurst={tries}\n");
    }
    let _ = write!(
        service,
        "\n[Service]\nType=oneshot\nExecStart={program} --project {project} run {name}\n\
         # 1 = done with findings\nSuccessExitStatus=1\n"
    );
    if tries > 1 {
        // A wrong configuration or a refused input does not get better by itself.
        service.push_str("Restart=on-failure\nRestartSec=60\nRestartPreventExitStatus=2 3\n");
    }
    let mut timer = format!("[Unit]\nDescription=Tapeline job {name}\n\n[Timer]\n");
    for line in Calendar::of(job)?.systemd(job)? {
        let _ = writeln!(timer, "OnCalendar={line} {}", job.zone.name());
    }
    let is_persistent = job.catch_up != CatchUp::None;
    let _ = write!(
        timer,
        "AccuracySec=1s\nPersistent={is_persistent}\n\n[Install]\nWantedBy=timers.target\n"
    );
    Ok(vec![
        Export { name: format!("{id}.service"), text: service },
        Export { name: format!("{id}.timer"), text: timer },
    ])
}

fn crontab(jobs: &[Job], place: &Place) -> Result<String> {
    let mut text = String::from(
        "# Tapeline jobs. cron does not catch up what was missed while the host was down, and\n\
         # CRON_TZ needs cronie. `tapeline schedule run` every few minutes does both:\n",
    );
    let command = format!("{} --project {}", shell(&place.program), shell(&place.project));
    let command = command.replace('%', "\\%");
    let _ = writeln!(text, "# */5 * * * * {command} schedule run");
    let mut zone = None;
    for job in jobs {
        if zone != Some(job.zone) {
            let _ = writeln!(text, "CRON_TZ={}", job.zone.name());
            zone = Some(job.zone);
        }
        let _ = writeln!(text, "{} {command} run {}", Calendar::of(job)?.cron(job)?, job.name);
    }
    Ok(text)
}

fn kubernetes(jobs: &[Job], place: &Place) -> Result<String> {
    let mut documents = Vec::new();
    for job in jobs {
        let command = format!(
            "{} --project {} run {}",
            shell(&place.program),
            shell(&place.project),
            job.name
        );
        // 1 = done with findings; a failed pod is what Kubernetes counts as an attempt.
        let command = format!("{command} || [ $? -eq 1 ]");
        // Kubernetes gives up on a job that missed more than 100 starts within the deadline.
        let deadline_s = if job.catch_up == CatchUp::None { 3600 } else { 86_400 };
        documents.push(format!(
            "apiVersion: batch/v1\n\
             kind: CronJob\n\
             metadata:\n\
             \x20 name: {id}\n\
             spec:\n\
             \x20 schedule: \"{cron}\"\n\
             \x20 timeZone: \"{zone}\"\n\
             \x20 concurrencyPolicy: Forbid\n\
             \x20 startingDeadlineSeconds: {deadline_s}\n\
             \x20 jobTemplate:\n\
             \x20   spec:\n\
             \x20     backoffLimit: {retries}\n\
             \x20     template:\n\
             \x20       spec:\n\
             \x20         restartPolicy: Never\n\
             \x20         containers:\n\
             \x20           - name: tapeline\n\
             \x20             image: \"{image}\"\n\
             \x20             command: [\"/bin/sh\", \"-c\", \"{command}\"]\n\
             \x20             volumeMounts:\n\
             \x20               - name: project\n\
             \x20                 mountPath: \"{project}\"\n\
             \x20         volumes:\n\
             \x20           - name: project\n\
             \x20             persistentVolumeClaim:\n\
             \x20               claimName: \"{claim}\"\n",
            id = unit_name(job),
            cron = Calendar::of(job)?.cron(job)?,
            zone = job.zone.name(),
            retries = job.max_attempts.max(1) - 1,
            image = escaped(&place.image),
            command = escaped(&command),
            project = escaped(&place.project),
            claim = escaped(&place.claim),
        ));
    }
    Ok(documents.join("---\n"))
}

fn airflow(jobs: &[Job], place: &Place) -> Result<String> {
    let mut text = String::from(
        "\"\"\"Tapeline jobs for Airflow 3.\"\"\"\n\n\
         from datetime import timedelta\n\n\
         import pendulum\n\
         from airflow.providers.standard.operators.bash import BashOperator\n\
         from airflow.sdk import DAG\n",
    );
    let date = time::iso(place.since_us);
    let date = date.split('T').next().unwrap_or_default();
    for job in jobs {
        let command = format!(
            "{} --project {} run {}",
            shell(&place.program),
            shell(&place.project),
            job.name
        );
        let _ = write!(
            text,
            "\nwith DAG(\n\
             \x20   dag_id=\"{id}\",\n\
             \x20   schedule=\"{cron}\",\n\
             \x20   start_date=pendulum.parse(\"{date}\", tz=\"{zone}\"),\n\
             \x20   catchup={catch_up},\n\
             \x20   max_active_runs=1,\n\
             ):\n\
             \x20   BashOperator(\n\
             \x20       task_id=\"run\",\n\
             \x20       # 1 = done with findings\n\
             \x20       bash_command=\"{command} || [ $? -eq 1 ]\",\n\
             \x20       retries={retries},\n\
             \x20       retry_delay=timedelta(minutes=1),\n\
             \x20   )\n",
            id = unit_name(job),
            cron = Calendar::of(job)?.cron(job)?,
            zone = job.zone.name(),
            catch_up = if job.catch_up == CatchUp::All { "True" } else { "False" },
            command = escaped(&command),
            retries = job.max_attempts.max(1) - 1,
        );
    }
    Ok(text)
}

/// Inside double quotes of systemd, YAML and Python.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// One word of a shell command.
fn shell(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:=@%,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
