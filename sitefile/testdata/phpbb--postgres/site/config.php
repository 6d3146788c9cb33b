<?php
$dbms = 'phpbb\db\driver\postgres';
$dbhost = '/var/run/postgresql';
$dbport = '5433';
$dbname = 'forum';
$dbuser = 'forum user';
$dbpasswd = "can\x61ry\$\"";
$table_prefix = 'bb3_';
