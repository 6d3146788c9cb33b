<?php
/**
 * The base configuration; define('DB_NAME', 'not_this_one');
 */
// define('DB_NAME', 'nor_this_one');
# define('DB_NAME', 'nor_that');
define( 'DB_NAME', 'shop_wp' );
define( 'DB_USER', "wp_user" );
define( 'DB_PASSWORD', 'p@ss\'w"ö/rd?#' );
define('DB_HOST', 'localhost');
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );

define('LOGGED_IN_KEY',    'canary-key $%&/()=?\'}{[]"\\ <?php ?> x');
define('LOGGED_IN_SALT',   'canary-salt #//*"`~');
define('NONCE_KEY',        'put your unique phrase here');
$table_prefix = 'x7_';
define( 'WP_DEBUG', false );
if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
