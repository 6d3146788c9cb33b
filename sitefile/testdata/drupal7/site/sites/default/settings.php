<?php
$databases = array (
  'default' => 
  array (
    'default' => 
    array (
      'database' => 'd7',
      'username' => 'd7user',
      'password' => "canary \\ \" \$x",
      'host' => '127.0.0.1',
      'port' => '3307',
      'driver' => 'mysql',
      'prefix' => array('default' => 'main_', 'users' => 'shared_'),
    ),
  ),
);
$update_free_access = FALSE;
$drupal_hash_salt = 'canary-d7-salt';
$base_url = 'http://www.example.org/drupal';  // NO trailing slash!
ini_set('session.gc_probability', 1);
ini_set('session.gc_maxlifetime', 100000);
