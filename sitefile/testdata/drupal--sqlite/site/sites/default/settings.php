<?php
$databases['default']['default'] = array (
  'database' => __DIR__ . '/files/.ht.sqlite',
  'prefix' => 'd_',
  'driver' => 'sqlite',
);
$settings['hash_salt'] = file_get_contents('/etc/drupal/salt.txt');
