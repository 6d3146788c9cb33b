"""
Django settings for mysite project.

SECRET_KEY = 'not this one'
"""
import os
from pathlib import Path

# Build paths inside the project like this: BASE_DIR / 'subdir'.
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = 'canary-insecure-#$%^&*(' "second part"
DEBUG = False
ALLOWED_HOSTS: list[str] = ['www.example.com', *os.environ.get('HOSTS', '').split(',')]

INSTALLED_APPS = [
    'django.contrib.admin',
    'django.contrib.auth',
]
TEMPLATES = [{'BACKEND': 'x', 'OPTIONS': {'context_processors': ['a', 'b']}, 'DIRS': [BASE_DIR / 'templates']}]

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.sqlite3',
        'NAME': BASE_DIR / 'db.sqlite3',
    }
}


class Config:
    SECRET_KEY = 'nor this one'


def secret():
    SECRET_KEY = 'nor that'
    return SECRET_KEY


LANGUAGE_CODE = 'en-us'
USE_TZ = True
