from django.urls import path

from orders.views import evidence, mail, requests, thread

urlpatterns = [
    path("requests/", requests.inbox, name="requests"),
    path("requests/note/", requests.note, name="request_note"),
    path("requests/new/", requests.new, name="request_new"),
    path("requests/<int:pk>/", requests.detail, name="request"),
    path("requests/<int:pk>/take/", requests.take, name="request_take"),
    path("requests/<int:pk>/file/", requests.file, name="request_file"),
    path("requests/<int:pk>/refuse/", requests.refuse, name="request_refuse"),
    path("requests/<int:pk>/dismiss/", requests.dismiss, name="request_dismiss"),
    path("evidence/<int:pk>/", evidence.download, name="evidence"),
    path("evidence/<int:pk>/show/", evidence.show, name="evidence_show"),
    path("evidence/<int:pk>/rows/", evidence.rows, name="evidence_rows"),
    path("<int:pk>/ask/", thread.ask, name="ask"),
    path("<int:pk>/answer/", thread.answer, name="answer"),
    path("<int:pk>/write/", thread.write, name="write"),
    path("<int:pk>/mail/", mail.mail, name="mail"),
    path("mails/<int:pk>/again/", mail.mail_again, name="mail_again"),
]
