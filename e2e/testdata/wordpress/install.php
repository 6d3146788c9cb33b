<?php
// Sets up a WordPress as its own installer does, without a browser and without mail: argv holds the address of the site.
define('WP_INSTALLING', true);
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
function wp_new_blog_notification() {}
wp_install('A club', 'owner', 'owner@example.com', true, '', 'owner-password-1');
update_option('siteurl', $argv[1]);
update_option('home', $argv[1]);
switch_theme('club');
foreach (array('alice' => 'Alice Adams', 'bob' => 'Böb </script><b>') as $login => $name) {
    $id = wp_insert_user(array('user_login' => $login, 'user_pass' => $login . '-password-1', 'user_email' => $login . '@example.com',
        'display_name' => $name, 'role' => 'subscriber'));
    if (is_wp_error($id)) {
        fwrite(STDERR, $id->get_error_message());
        exit(1);
    }
    echo $login, ' ', $id, "\n";
}
