import dj_database_url
DATABASES = {
    'default': dj_database_url.config(default='mysql://app:can%2Fary@db:3307/app', conn_max_age=600),
}
