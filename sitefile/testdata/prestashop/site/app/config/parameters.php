<?php return array (
  'parameters' => 
  array (
    'database_host' => '127.0.0.1:3307',
    'database_port' => '',
    'database_name' => 'presta',
    'database_user' => 'presta',
    'database_password' => 'p@ss\'w"ö/rd?#',
    'database_prefix' => 'k3_',
    'database_engine' => 'InnoDB',
    'mailer_password' => NULL,
    'secret' => 'canary-secret',
    'ps_caching' => 'CacheMemcache',
    'ps_cache_enable' => false,
    'locale' => 'de-DE',
    'cookie_key' => 'canary-cookie-key',
    'cookie_iv' => 'canaryIV',
    'new_cookie_key' => 'def00000canary',
  ),
);
