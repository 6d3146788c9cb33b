<?php
/**
 * Local settings
 */
$config['db']['params']['host'] = 'localhost';
$config['db']['params']['port'] = '3306';
$config['db']['params']['user'] = 'ls';
$config['db']['params']['pass'] = 'p@ss\'w"ö/rd?#';
$config['db']['params']['type']   = 'mysqli';
$config['db']['params']['dbname'] = 'social';
$config['db']['table']['prefix'] = 'prefix_';
$config['db']['tables']['engine'] = 'InnoDB';
$config['path']['root']['web'] = 'http://' . $_SERVER['HTTP_HOST'];
return $config;
