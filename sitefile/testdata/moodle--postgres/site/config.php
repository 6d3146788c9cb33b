<?php
$CFG = new stdClass;
$CFG->dbtype = 'pgsql'; $CFG->dbhost = ''; $CFG->dbname = 'moodle'; $CFG->dbuser = 'moodle'; $CFG->dbpass = 'canary-pg';
$CFG->prefix = 'm_';
$CFG->dboptions = ['dbport' => '5433', 'dbsocket' => '/var/run/postgresql'];
$CFG->wwwroot = (isset($_SERVER['HTTPS']) ? 'https' : 'http') . '://learn.example.edu';
