<?php
$config['project_url']="https://tube.example.com";
$config['tables_prefix']="ktvs_";
