<!doctype html>
<html <?php language_attributes(); ?>>
<head><meta charset="<?php bloginfo('charset'); ?>"><meta name="viewport" content="width=device-width"><?php wp_head(); ?></head>
<body <?php body_class(); ?>>
<?php wp_body_open(); ?>
<h1><?php bloginfo('name'); ?></h1>
<p id="who"><?php echo esc_html(wp_get_current_user()->user_login); ?></p>
<p><?php wp_loginout(home_url('/')); ?></p>
<?php wp_footer(); ?>
</body>
</html>
