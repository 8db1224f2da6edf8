"""What mail tells the floors above, after commit and by id only."""

from django.dispatch import Signal

# Sent with mail_id=int once an outgoing mail was sent or has failed for good.
outgoing_mail_ended = Signal()
