<?php
$config['database']['type'] = 'mysqli';
$config['database']['database'] = 'mybb';
$config['database']['table_prefix'] = 'mybb_';

$config['database']['hostname'] = 'localhost';
$config['database']['username'] = 'mybb';
$config['database']['password'] = 'p@ss\'w"ö/rd?#';

$config['admin_dir'] = 'admin';
$config['super_admins'] = '1';
$config['database']['encoding'] = 'utf8mb4';
$config['log_pruning'] = array(
	'admin_logs' => 365, // Administrator logs
	'mod_logs' => 365,
);
$config['secret_pin'] = '';
