"""Tapeline jobs for Airflow 3."""

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    dag_id="tapeline-nightly-load",
    schedule="30 2 * * 1,2,3,4,5",
    start_date=pendulum.parse("2026-01-05", tz="Europe/Berlin"),
    catchup=True,
    max_active_runs=1,
):
    BashOperator(
        task_id="run",
        # 1 = done with findings
        bash_command="/usr/bin/tapeline --project '/srv/backup reports/100%' run nightly_load || [ $? -eq 1 ]",
        retries=2,
        retry_delay=timedelta(minutes=1),
    )

with DAG(
    dag_id="tapeline-quarterly",
    schedule="0 6 1 1,4,7,10 *",
    start_date=pendulum.parse("2026-01-05", tz="UTC"),
    catchup=False,
    max_active_runs=1,
):
    BashOperator(
        task_id="run",
        # 1 = done with findings
        bash_command="/usr/bin/tapeline --project '/srv/backup reports/100%' run quarterly || [ $? -eq 1 ]",
        retries=0,
        retry_delay=timedelta(minutes=1),
    )
