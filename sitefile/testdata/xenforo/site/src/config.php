<?php

$config['db']['host'] = 'localhost';
$config['db']['port'] = '3306';
$config['db']['username'] = 'xf';
$config['db']['password'] = 'p@ss\'w"ö/rd?#';
$config['db']['dbname'] = 'xenforo';

$config['fullUnicode'] = true;
$config['cookie']['prefix'] = 'xfa_';
$c = $config['cache'];
$config['fsAdapters']['data'] = function() { $config['db']['host'] = 'elsewhere'; return new \X(); };
