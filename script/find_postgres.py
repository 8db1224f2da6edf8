"""Print a URL of a PostgreSQL here on which test databases can be made; print nothing when there is none."""

import getpass
import sys

import psycopg2

for user in (getpass.getuser(), "postgres"):
    try:
        connection = psycopg2.connect(host="127.0.0.1", port=5432, user=user, dbname="postgres", connect_timeout=2)
    except psycopg2.OperationalError:
        continue
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        row = cursor.fetchone()
    connection.close()
    if row and row[0]:
        sys.stdout.write(f"postgres://{user}@127.0.0.1:5432/salesops")
        break
