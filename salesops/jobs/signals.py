"""What the job engine tells the floors above, after commit and by id only."""

from django.dispatch import Signal

# Sent with job_id=int once a job is done, failed or cancelled.
job_ended = Signal()
