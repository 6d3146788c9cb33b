<?php
// APPLICATION
define('APPLICATION', 'Catalog');

// HTTP
define('HTTP_SERVER', 'https://shop.example.com/');

// DIR
define('DIR_OPENCART', '/srv/www/shop/');
define('DIR_APPLICATION', DIR_OPENCART . 'catalog/');
define('DIR_STORAGE', DIR_OPENCART . '../storage/');
define('DIR_CACHE', DIR_STORAGE . 'cache/');

// DB
define('DB_DRIVER', 'mysqli');
define('DB_HOSTNAME', 'localhost');
define('DB_USERNAME', 'opencart');
define('DB_PASSWORD', 'p@ss\'w"ö/rd?#');
define('DB_DATABASE', 'oc');
define('DB_PORT', '3306');
define('DB_PREFIX', 'oc_');
