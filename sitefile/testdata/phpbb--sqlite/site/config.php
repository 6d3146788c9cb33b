<?php
$dbms = 'phpbb\\db\\driver\\sqlite3';
$dbhost = 'store/forum.sqlite3';
$dbport = '';
$dbname = '';
$dbuser = '';
$dbpasswd = '';
$table_prefix = 'phpbb_';
