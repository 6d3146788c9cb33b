<?php
if ($_SERVER['HTTP_HOST'] === 'staging.example.com') {
	define('DB_NAME', 'staging');
	define('DB_HOST', getenv('STAGING_DB_HOST'));
} else {
	define('DB_NAME', 'live');
	define('DB_HOST', 'db.internal');
}
const DB_USER = 'wp';
const DB_PASSWORD = '';
$table_prefix  = 'wp_';
