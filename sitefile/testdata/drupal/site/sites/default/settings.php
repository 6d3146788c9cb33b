<?php
// phpcs:ignoreFile
/**
 * @code
 * $databases['default']['default'] = [ 'database' => 'sample' ];
 * @endcode
 */
$databases = [];
$settings['hash_salt'] = 'canary_Qv-55_salt';
# $settings['deployment_identifier'] = \Drupal::VERSION;
$settings['update_free_access'] = FALSE;
$settings['container_yamls'][] = $app_root . '/' . $site_path . '/services.yml';
$settings['file_scan_ignore_directories'] = [
  'node_modules',
  'bower_components',
];
$settings['trusted_host_patterns'] = ['^www\.example\.com$'];
if (file_exists($app_root . '/' . $site_path . '/settings.local.php')) {
  include $app_root . '/' . $site_path . '/settings.local.php';
}
$databases['default']['default'] = array (
  'database' => 'drupal',
  'username' => 'drupal',
  'password' => 'p@ss\'w"ö/rd?#',
  'prefix' => '',
  'host' => 'db.example.net',
  'port' => 3306,
  'isolation_level' => 'READ COMMITTED',
  'driver' => 'mysql',
  'namespace' => 'Drupal\\mysql\\Driver\\Database\\mysql',
  'autoload' => 'core/modules/mysql/src/Driver/Database/mysql/',
  'init_commands' => [ 'isolation_level' => 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED' ],
  'pdo' => [ PDO::ATTR_TIMEOUT => 5.0 ],
);
$settings['config_sync_directory'] = '../config/sync';
