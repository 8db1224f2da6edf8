from django.urls import path

from staff.views import notices, passwords, preferences, profile, sign_in, sops, welcome

app_name = "staff"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("welcome/", welcome.welcome, name="welcome"),
    path("language/", preferences.language, name="language"),
    path("theme/", preferences.theme, name="theme"),
    path("profile/", profile.profile, name="profile"),
    path("profile/sessions/", profile.sessions, name="sessions"),
    path("profile/sessions/end/", profile.session_end, name="session_end"),
    path("profile/sessions/end-others/", profile.sessions_end_others, name="sessions_end_others"),
    path("profile/password/", passwords.password, name="password"),
    path("password-reset/", passwords.password_reset, name="password_reset"),
    path("password-reset/<str:person>/<str:token>/", passwords.password_reset_set, name="password_reset_set"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("notices/<int:pk>/open/", notices.notice_open, name="notice_open"),
    path("sops/", sops.sops, name="sops"),
    path("sops/<int:pk>/<int:number>/", sops.sop_version, name="sop_version"),
    path("sops/<int:pk>/<int:number>/read/", sops.sop_read, name="sop_read"),
]
