<?php
define('DB_HOST','localhost');
define('DB_LOGIN','kvs');
define('DB_PASS','canary-kvs$1');
define('DB_DEVICE','kvs_db');
?>
