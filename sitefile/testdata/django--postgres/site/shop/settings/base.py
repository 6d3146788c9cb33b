import os

SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
PASSWORD = 'p@ss\'w"ö/rd?#'
DATABASES = dict(default={
    "ENGINE": "django.db.backends.postgresql",
    "NAME": os.getenv("DB_NAME", "shop"),
    "USER": "shop",
    "PASSWORD": PASSWORD,
    "HOST": "",
    "PORT": "",
})
DATABASES["default"]["HOST"] = r"/var/run/postgresql"
SESSION_COOKIE_NAME = "shop_session"
