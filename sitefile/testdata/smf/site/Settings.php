<?php
########## Maintenance ##########
$maintenance = 0;
$mtitle = 'Maintenance Mode';
$mbname = 'Mein Forum';
$boardurl = 'http://forum.example.com/smf';
$cookiename = 'SMFCookie218';
$db_type = 'mysql';
$db_port = 0;
$db_server = 'localhost';
$db_name = 'smf';
$db_user = 'smf';
$db_passwd = 'p@ss\'w"ö/rd?#';
$ssi_db_user = '';
$ssi_db_passwd = '';
$db_prefix = 'smf_';
$db_persist = 0;
$boarddir = dirname(__FILE__);
$sourcedir = dirname(__FILE__) . '/Sources';
$auth_secret = 'canary0123456789abcdef';
# Make sure the paths are correct... at least try to fix them.
if (!is_dir(realpath($boarddir)) && file_exists(dirname(__FILE__) . '/agreement.txt'))
	$boarddir = dirname(__FILE__);
